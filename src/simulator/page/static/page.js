// @ts-check
import { avatar } from './avatar.js'
import { fill, focusOn, h, iconButton } from './element.js'
import { createPane } from './pane.js'
import { MANNERS } from './platforms.js'
import { openStream } from './stream.js'
import { createTroublePanel } from './trouble-panel.js'

/**
 * @import { Platform, StageSight } from '../sight.ts'
 * @import { State } from './stream.js'
 */

const PLATFORMS = /** @type {Platform[]} */ (Object.keys(MANNERS))
const THEMES = /** @type {const} */ (['auto', 'light', 'dark'])

let me = localStorage.getItem('me') ?? 'ana'
/** @type {State | undefined} */
let state

const panes = new Map(PLATFORMS.map((platform) => [platform, createPane(platform, () => me)]))
const trouble = createTroublePanel()
const who = h('fieldset', { class: 'who' })
const lost = h(
  'p',
  { class: 'lost', role: 'alert', hidden: true },
  'The connection to the simulator is lost; trying again…',
)
const real = h('span', { class: 'real' })
const platformTabs = h('div', { class: 'platform-tabs', role: 'tablist', 'aria-label': 'Platforms' })
const theme = iconButton(
  'theme',
  'Colours: as the system',
  () => setTheme(THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length] ?? 'auto'),
  { class: 'icon-button top-icon' },
)

const currentTheme = () => THEMES.find((one) => one === localStorage.getItem('theme')) ?? 'auto'

/** @param {(typeof THEMES)[number]} next */
function setTheme(next) {
  localStorage.setItem('theme', next)
  document.documentElement.dataset.theme = next
  const label = `Colours: ${next === 'auto' ? 'as the system' : next}`
  theme.title = label
  theme.setAttribute('aria-label', label)
}

/** @param {Platform} platform */
function showPlatform(platform) {
  localStorage.setItem('platform', platform)
  document.body.dataset.shown = platform
  fill(
    platformTabs,
    PLATFORMS.map((one) =>
      h(
        'button',
        {
          type: 'button',
          role: 'tab',
          'data-platform': one,
          'aria-controls': `pane-${one}`,
          'aria-selected': String(one === platform),
          tabindex: one === platform ? 0 : -1,
          onclick: () => showPlatform(one),
        },
        h('span', { class: 'mark', 'aria-hidden': 'true' }),
        MANNERS[one].name,
      ),
    ),
  )
}
platformTabs.addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  const at = PLATFORMS.indexOf(/** @type {Platform} */ (document.body.dataset.shown))
  const next = step === undefined ? undefined : PLATFORMS[(at + step + PLATFORMS.length) % PLATFORMS.length]
  if (!next) return
  showPlatform(next)
  focusOn(platformTabs, '[aria-selected=true]')
})

/** @param {StageSight} stage */
function showStage({ people, adminUrl, modelUrl }) {
  if (!people.some(({ key }) => key === me)) me = people[0]?.key ?? ''
  const key = JSON.stringify([people, me])
  if (who.dataset.key !== key) {
    who.dataset.key = key
    fill(
      who,
      h('legend', {}, 'You are'),
      people.map((person) =>
        h(
          'label',
          { class: 'person' },
          h('input', {
            type: 'radio',
            name: 'me',
            value: person.key,
            checked: person.key === me,
            onchange: () => become(person.key),
          }),
          avatar(person),
          h('span', {}, person.name),
        ),
      ),
    )
  }
  const ways = 'Connect real ones in the admin'
  fill(
    real,
    adminUrl === undefined
      ? 'README.md says how to connect real ones.'
      : h('a', { href: adminUrl, target: '_blank', rel: 'noopener noreferrer' }, ways),
  )
  real.title = `The demo model is served at ${modelUrl}`
}

/** @param {string} key */
function become(key) {
  me = key
  localStorage.setItem('me', key)
  if (state) show(state, 'all')
}

/** @param {State} next @param {Platform | 'stage' | 'all'} what */
function show(next, what) {
  state = next
  if (what === 'stage' || what === 'all') {
    showStage(next.stage)
    trouble.show(next.stage)
  }
  for (const [platform, pane] of panes)
    if (what === 'stage' || what === 'all' || what === platform) pane.show(next.panes[platform], next.stage)
}

setTheme(currentTheme())
showPlatform(PLATFORMS.find((one) => one === localStorage.getItem('platform')) ?? 'slack')
fill(
  document.body,
  h(
    'header',
    { class: 'top' },
    h(
      'div',
      { class: 'brand' },
      h('span', { class: 'logo', 'aria-hidden': 'true' }),
      h('h1', {}, 'BrainAll ', h('span', {}, 'simulator')),
    ),
    h(
      'p',
      { class: 'about' },
      h(
        'span',
        {},
        'Nothing here leaves this machine: four pretend platforms and a ',
        h('strong', {}, 'demo model'),
        ' that is no AI. The bot between them is real. ',
      ),
      real,
    ),
    h('div', { class: 'controls-top' }, who, trouble.button, theme),
  ),
  lost,
  platformTabs,
  h('main', { class: 'stage' }, ...[...panes.values()].map(({ element }) => element)),
  trouble.panel,
)
addEventListener('keydown', (event) => {
  // By position: with Alt some keyboards write another character.
  const platform = event.altKey ? PLATFORMS[Number(event.code.replace('Digit', '')) - 1] : undefined
  if (!platform) return
  event.preventDefault()
  showPlatform(platform)
  panes.get(platform)?.focus()
})
openStream({
  changed: show,
  connected(isConnected) {
    lost.hidden = isConnected
  },
})
