// @ts-check

const FORMATS = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4']
const LONGEST_MS = 120_000

/**
 * Records from the microphone until stopped, two minutes at most.
 * @returns {Promise<{ stop: () => void, cancel: () => void, done: Promise<{ blob: Blob, durationMs: number } | undefined> }>}
 */
export async function startRecording() {
  if (!navigator.mediaDevices?.getUserMedia || typeof MediaRecorder === 'undefined')
    throw new Error('This browser cannot record here.')
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format))
  const recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType })
  /** @type {Blob[]} */
  const pieces = []
  let isCancelled = false
  const startedAt = performance.now()
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data))
  const done = new Promise((resolve) => {
    recorder.addEventListener('stop', () => {
      for (const track of stream.getTracks()) track.stop()
      clearTimeout(limit)
      const durationMs = Math.max(1, Math.round(performance.now() - startedAt))
      resolve(isCancelled ? undefined : { blob: new Blob(pieces, { type: recorder.mimeType }), durationMs })
    })
  })
  const stop = () => {
    if (recorder.state !== 'inactive') recorder.stop()
  }
  const limit = setTimeout(stop, LONGEST_MS)
  recorder.start()
  return {
    stop,
    cancel() {
      isCancelled = true
      stop()
    },
    done,
  }
}

/**
 * Length of a sound file, in milliseconds; one second where the browser cannot tell.
 * @param {Blob} blob
 * @returns {Promise<number>}
 */
export function durationOf(blob) {
  return new Promise((resolve) => {
    const audio = new Audio()
    const address = URL.createObjectURL(blob)
    const settle = () => {
      URL.revokeObjectURL(address)
      resolve(
        Number.isFinite(audio.duration) && audio.duration > 0 ? Math.round(audio.duration * 1000) : 1000,
      )
    }
    audio.addEventListener('loadedmetadata', settle, { once: true })
    audio.addEventListener('error', settle, { once: true })
    audio.src = address
  })
}

/** @param {Blob} blob @returns {Promise<string>} */
export function base64Of(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result).split(',')[1] ?? ''))
    reader.addEventListener('error', () => reject(reader.error))
    reader.readAsDataURL(blob)
  })
}
