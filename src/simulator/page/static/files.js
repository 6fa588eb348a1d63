// @ts-check
import { fill, h, icon } from './element.js'

/** @import { FileSight, Platform } from '../sight.ts' */

/** One sound at a time. @type {HTMLAudioElement | undefined} */
let playing

/** @param {Platform} platform @param {FileSight} file */
export function fileElement(platform, file) {
  const address = `/files/${platform}/${encodeURIComponent(file.id)}`
  if (file.kind === 'voice') return voice(address, file)
  if (file.kind === 'image' && /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype))
    return h(
      'a',
      { href: address, download: file.name, class: 'picture', title: `Download ${file.name}` },
      h('img', { src: address, alt: file.name, loading: 'lazy' }),
    )
  return h(
    'a',
    { class: 'file', href: address, download: file.name },
    icon('file'),
    h(
      'span',
      {},
      h('strong', {}, file.name),
      h('span', { class: 'small' }, `${sizeOf(file.bytes)} · Download`),
    ),
  )
}

/** @param {string} address @param {FileSight} file */
function voice(address, file) {
  const audio = new Audio()
  audio.preload = 'none'
  const bars = h(
    'span',
    { class: 'bars', 'aria-hidden': 'true' },
    Array.from({ length: 24 }, (_, bar) => barOf(file.id, bar)),
  )
  const time = h('span', { class: 'small' }, secondsOf(file.seconds ?? 0))
  const button = h(
    'button',
    { type: 'button', class: 'play', 'aria-label': 'Play voice message' },
    icon('play'),
  )
  const show = () => {
    const isOn = !audio.paused
    fill(button, icon(isOn ? 'pause' : 'play'))
    button.setAttribute('aria-label', isOn ? 'Pause voice message' : 'Play voice message')
    const length = file.seconds || audio.duration || 1
    const done = Math.min(1, audio.currentTime / length)
    for (const [index, bar] of [...bars.children].entries())
      bar.classList.toggle('on', index / bars.children.length < done)
    time.textContent = secondsOf(isOn || audio.currentTime > 0 ? audio.currentTime : length)
  }
  button.addEventListener('click', () => {
    if (!audio.paused) return audio.pause()
    playing?.pause()
    playing = audio
    if (audio.src === '') audio.src = address
    audio.play().catch((error) => {
      time.textContent =
        error instanceof Error && error.name === 'NotSupportedError' ? 'cannot be played here' : 'cannot play'
    })
  })
  for (const event of ['play', 'pause', 'timeupdate', 'ended']) audio.addEventListener(event, show)
  return h(
    'div',
    { class: 'voice' },
    button,
    bars,
    time,
    h('a', { class: 'small', href: address, download: file.name }, 'Download'),
  )
}

/** @param {string} id @param {number} bar */
function barOf(id, bar) {
  const height = 25 + ((id.charCodeAt(bar % id.length) * (bar + 3) * 7) % 75)
  const element = h('i')
  element.style.blockSize = `${height}%`
  return element
}

/** @param {number} seconds */
function secondsOf(seconds) {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** @param {number} bytes */
function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
