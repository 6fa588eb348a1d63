// @ts-check
import { createChannelTabs } from './channel-tabs.js'
import { createComposer } from './composer.js'
import { fill, h, iconButton } from './element.js'
import { createForms } from './forms.js'
import { createMenu } from './menu.js'
import { MANNERS } from './platforms.js'
import { base64Of } from './recorder.js'
import { act } from './stream.js'
import { emptyState, suggestions } from './suggestions.js'
import { createTimeline } from './timeline.js'
import { KINDS } from './trouble-panel.js'

/**
 * @import { BusySight, NumberedMessage, Platform, StageSight } from '../sight.ts'
 * @import { PaneState } from './stream.js'
 * @import { PaneContext } from './pane-context.js'
 */

/** How long a note to the person stays, in milliseconds. */
const TOLD_MS = 9_000
const SAMPLE_VOICE_MS = 3_107

/**
 * @param {Platform} platform
 * @param {() => string} me
 */
export function createPane(platform, me) {
  const manners = MANNERS[platform]
  /** @type {PaneState | undefined} */
  let state
  /** @type {StageSight | undefined} */
  let stage
  let channel = ''
  let lastMe = ''
  const seenNotices = new Set()

  const presence = h('span', { class: 'presence' })
  const place = h('span', { class: 'place' })
  const trouble = h('span', { class: 'trouble', hidden: true })
  const tabs = createChannelTabs(`Chats on ${manners.name}`, openChannel)
  const busy = h('div', { class: 'busy', role: 'status' })
  const tries = h('div', { class: 'tries' })
  const toast = h('div', { class: 'toast', role: 'status', hidden: true })
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let telling

  const sight = () => /** @type {PaneState} */ (state).sight
  const channels = () => sight().channels.filter(({ members }) => members.includes(me()))
  const inChannel = () =>
    [.../** @type {PaneState} */ (state).messages.values()]
      .filter((one) => one.channelId === channel && (one.onlyFor === undefined || one.onlyFor === me()))
      .sort((a, b) => a.order - b.order)

  /** @param {Record<string, unknown>} action */
  const perform = (action) => act({ platform, person: me(), ...action })

  /** @type {PaneContext} */
  const context = {
    platform,
    manners,
    me,
    sight,
    channel: () => channel,
    channelSight: () => channels().find(({ id }) => id === channel),
    channelTitle() {
      const open = context.channelSight()
      return `${open?.kind === 'channel' ? manners.channelSign : ''}${open?.name ?? ''}`
    },
    message: (id) => state?.messages.get(id),
    nameOf: (key) =>
      key === 'bot' ? sight().bot.name : (stage?.people.find((one) => one.key === key)?.name ?? key),
    summary: summaryOf,
    placeholder: () => `Message ${context.channelTitle()}`,
    lastOwn: () => inChannel().findLast((one) => one.author.key === me() && one.source !== undefined),
    isBusy: (root) => (context.channelSight()?.busy ?? []).some(({ threadRoot }) => threadRoot === root),
    busyElements: (root) =>
      (context.channelSight()?.busy ?? []).filter(({ threadRoot }) => threadRoot === root).map(busyElement),
    async act(action) {
      try {
        const notice = await perform(action)
        if (notice !== undefined) tell(notice)
        return true
      } catch (error) {
        tell(error instanceof Error ? error.message : String(error))
        return false
      }
    },
    async submitForm(action) {
      try {
        return await perform(action)
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    },
    async say(text, placing = {}) {
      const done = await context.act({ do: 'say', channel, text, ...placing })
      if (done) timeline.scrollToEnd()
      return done
    },
    async sendVoice(blob, durationMs, placing = {}) {
      const mimetype = blob.type.split(';')[0] || 'audio/ogg'
      return context.act({
        do: 'voice',
        channel,
        mimetype,
        data: await base64Of(blob),
        durationMs,
        ...placing,
      })
    },
    async sendSample() {
      const direct = channels().find(({ kind }) => kind === 'direct')
      if (direct) openChannel(direct.id)
      const response = await fetch('/sample-voice.ogg')
      await context.sendVoice(
        new Blob([await response.arrayBuffer()], { type: 'audio/ogg' }),
        SAMPLE_VOICE_MS,
      )
    },
    tell,
    press: (message, control, value) =>
      void context.act({
        do: 'press',
        message: message.id,
        control,
        ...(value === undefined ? {} : { value }),
      }),
    react: (message, emoji) => void context.act({ do: 'react', message: message.id, emoji }),
    aim: (kind, message) => composer.setAim({ kind, message }),
    answer: (message) =>
      composer.setAim({
        kind:
          manners.answers === 'thread' || (manners.answers === 'both' && isThreaded(message))
            ? 'thread'
            : 'reply',
        message,
      }),
    canOpenThread: (message) =>
      message.threadChannel === undefined && context.channelSight()?.kind === 'channel',
    openThread: (message) =>
      void context.act({
        do: 'openThread',
        message: message.id,
        name: summaryOf(message).slice(0, 60) || 'Thread',
      }),
    openChannel,
    reveal: (id) => timeline.reveal(id),
    refresh,
    openMenu: (message, button) => menu.open(message, button),
  }
  const timeline = createTimeline(context)
  const composer = createComposer(context)
  const forms = createForms(context)
  const menu = createMenu(context)

  const isThreaded = (/** @type {NumberedMessage} */ message) =>
    message.threadRoot !== undefined ||
    [...(state?.messages.values() ?? [])].some(({ threadRoot }) => threadRoot === message.id)

  /** @param {string} text */
  function tell(text) {
    clearTimeout(telling)
    const hide = () => {
      toast.hidden = true
    }
    fill(toast, h('span', {}, text), iconButton('close', 'Dismiss', hide))
    toast.hidden = false
    telling = setTimeout(hide, TOLD_MS)
  }

  /** @param {string} id */
  function openChannel(id) {
    if (id !== channel) composer.dropAim()
    channel = id
    refresh()
  }

  /** Somebody else opens their own chat of the same kind. */
  function keepChannel() {
    const all = channels()
    if (all.some(({ id }) => id === channel)) return
    const before = sight().channels.find(({ id }) => id === channel)
    channel = (all.find(({ kind }) => kind === before?.kind) ?? all[0])?.id ?? ''
  }

  function refresh() {
    if (!state) return
    const { isConnected, bot } = sight()
    place.textContent = sight().place
    const fault = stage?.faults[platform]
    const isThere = isConnected && fault !== 'dead'
    presence.classList.toggle('on', isThere)
    presence.textContent = isThere ? 'bot online' : 'bot not connected'
    presence.title = `${bot.name} ${isThere ? 'is connected to this platform' : 'is not connected to this platform now'}`
    trouble.hidden = fault === undefined
    trouble.textContent = fault === undefined ? '' : KINDS[fault][0]
    trouble.title = fault === undefined ? '' : KINDS[fault][1]
    if (lastMe !== me()) composer.dropAim()
    lastMe = me()
    keepChannel()
    tabs.show(channels(), channel)
    const messages = inChannel()
    const aimed = composer.aim()
    if (aimed && !state.messages.has(aimed.message.id)) composer.dropAim()
    timeline.show(channel, messages, messages.length === 0 ? emptyState(context) : [])
    const shownRoots = new Set(messages.map(({ id }) => id))
    const loose = (context.channelSight()?.busy ?? []).filter(
      ({ threadRoot }) => threadRoot === undefined || !shownRoots.has(threadRoot),
    )
    fill(busy, loose.map(busyElement))
    tries.hidden = messages.length === 0 || messages.length > 8
    if (!tries.hidden && tries.dataset.channel !== channel) {
      tries.dataset.channel = channel
      fill(tries, suggestions(context))
    }
    forms.show(sight().forms.filter(({ onlyFor }) => onlyFor === me()))
    for (const notice of sight().notices) {
      if (seenNotices.has(notice.id)) continue
      seenNotices.add(notice.id)
      if (notice.onlyFor === me()) tell(notice.text)
    }
    composer.refresh()
  }

  const head = h(
    'header',
    { class: 'pane-head' },
    h('span', { class: 'mark', 'aria-hidden': 'true' }),
    h('div', { class: 'titles' }, h('h2', {}, manners.name), place),
    trouble,
    presence,
  )
  const element = h(
    'section',
    { class: 'pane', id: `pane-${platform}`, 'data-platform': platform, 'aria-label': manners.name },
    head,
    tabs.element,
    timeline.element,
    busy,
    tries,
    toast,
    composer.element,
    menu.element,
  )

  return {
    element,
    focus: () => composer.focus(),
    /** @param {PaneState} next @param {StageSight} nextStage */
    show(next, nextStage) {
      if (state === undefined) for (const { id } of next.sight.notices) seenNotices.add(id)
      state = next
      stage = nextStage
      refresh()
    },
  }
}

/** @param {BusySight} busy */
function busyElement({ name, text }) {
  return h(
    'div',
    { class: 'busy-line' },
    h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
    h('span', {}, h('strong', {}, name), ` ${text}`),
  )
}

/** @param {NumberedMessage} message */
function summaryOf({ body, files, source }) {
  const [file] = files
  const text = source ?? ('text' in body ? body.text : 'content' in body ? body.content : '')
  const plain = text
    .replace(/```[\s\S]*?(```|$)/g, '[code]')
    .replace(/<@!?\w+>/g, '@…')
    .replace(/[*~`>#|]+|(?<!\w)_+|_+(?!\w)/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  return (plain || (file?.kind === 'voice' ? 'Voice message' : (file?.name ?? '…'))).slice(0, 90)
}
