// @ts-check
import { fill, h, icon, iconButton } from './element.js'
import { base64Of, durationOf, startRecording } from './recorder.js'

/**
 * @import { NumberedMessage } from '../sight.ts'
 * @import { PaneContext } from './pane-context.js'
 * @typedef {{ kind: 'reply' | 'thread' | 'edit', message: NumberedMessage } | undefined} Aim
 */

/** Bytes. */
const FILE_LIMIT = 16 * 1024 * 1024

/** Where the person writes. @param {PaneContext} pane */
export function createComposer(pane) {
  /** @type {Aim} */
  let aim
  /** @type {Awaited<ReturnType<typeof startRecording>> | undefined} */
  let recording
  const { name } = pane.manners
  const listId = `commands-${pane.platform}`
  const chip = h('div', { class: 'aim', hidden: true })
  const commands = h('div', {
    class: 'commands',
    role: 'listbox',
    id: listId,
    hidden: true,
    'aria-label': 'Commands',
  })
  const input = h('textarea', {
    rows: 1,
    'aria-label': `Message on ${name}`,
    'aria-controls': listId,
    'aria-keyshortcuts': `Alt+${pane.manners.digit}`,
    title: `Alt+${pane.manners.digit} jumps here`,
    autocomplete: 'off',
    spellcheck: 'true',
  })
  const chooser = h('input', { type: 'file', hidden: true, tabindex: -1, 'aria-hidden': 'true' })
  const mic = iconButton('mic', 'Record a voice note', () => void record())
  const send = iconButton('send', 'Send', () => void submit(), { class: 'icon-button send' })
  const bar = h(
    'div',
    { class: 'bar' },
    iconButton('at', 'Mention the bot', () => insertMention()),
    iconButton('clip', 'Attach a file', () => chooser.click()),
    mic,
    send,
  )
  const box = h('div', { class: 'box' }, input, bar, chooser)
  const element = h(
    'form',
    { class: 'composer', onsubmit: (event) => event.preventDefault() },
    commands,
    chip,
    box,
  )

  const placing = () => {
    if (aim?.kind === 'thread') return { threadRoot: aim.message.threadRoot ?? aim.message.id }
    if (aim?.kind === 'reply') {
      const inThread = aim.message.threadRoot
      return { replyTo: aim.message.id, ...(inThread === undefined ? {} : { threadRoot: inThread }) }
    }
    return {}
  }

  /** A reply is for one message; a thread stays open for the next. */
  const afterSending = () => {
    if (aim?.kind !== 'thread') setAim(undefined)
  }

  const submit = async () => {
    const text = input.value.trim()
    if (recording) return recording.stop()
    if (text === '') return
    const isDone =
      aim?.kind === 'edit'
        ? await pane.act({ do: 'edit', message: aim.message.id, text })
        : await pane.say(text, placing())
    if (!isDone) return
    input.value = ''
    afterSending()
    changed()
  }

  /** @param {Aim} next */
  const setAim = (next) => {
    const wasEdit = aim?.kind === 'edit'
    aim = next
    chip.hidden = next === undefined
    if (wasEdit && next?.kind !== 'edit') input.value = ''
    if (!next) return changed()
    const words = {
      reply: `Replying to ${next.message.author.name}:`,
      thread: 'In the thread:',
      edit: 'Editing:',
    }[next.kind]
    fill(
      chip,
      icon(next.kind === 'reply' ? 'reply' : next.kind),
      h('span', {}, h('strong', {}, words), ' ', pane.summary(next.message)),
      iconButton('close', 'Cancel', () => setAim(undefined)),
    )
    if (next.kind === 'edit') input.value = next.message.source ?? ''
    changed()
    input.focus()
  }

  const insertMention = () => {
    const { mention } = pane.sight()
    const at = input.selectionStart
    const gap = at > 0 && !/\s$/.test(input.value.slice(0, at)) ? ' ' : ''
    input.setRangeText(gap + mention, at, input.selectionEnd, 'end')
    changed()
    input.focus()
  }

  const record = async () => {
    if (recording) return recording.stop()
    try {
      recording = await startRecording()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return pane.tell(`No recording: ${reason} Attach a sound file instead, or send the sample.`)
    }
    element.classList.add('recording')
    fill(mic, icon('stop'))
    mic.setAttribute('aria-label', 'Stop and send')
    changed()
    const result = await recording.done
    recording = undefined
    element.classList.remove('recording')
    fill(mic, icon('mic'))
    mic.setAttribute('aria-label', 'Record a voice note')
    changed()
    if (result && (await pane.sendVoice(result.blob, result.durationMs, placing()))) afterSending()
  }

  /** @param {File} file */
  const attach = async (file) => {
    if (file.size > FILE_LIMIT)
      return pane.tell(`${file.name} is larger than the 16 MB that the simulator takes.`)
    const isDone = /^audio\//.test(file.type)
      ? await pane.sendVoice(file, await durationOf(file), placing())
      : await pane.act({
          do: 'attach',
          channel: pane.channel(),
          name: file.name,
          mimetype: file.type || 'application/octet-stream',
          data: await base64Of(file),
          text: input.value.trim(),
          ...placing(),
        })
    if (!isDone) return
    input.value = ''
    afterSending()
    changed()
  }

  const offered = () => {
    if (aim?.kind === 'edit' || !/^[/!][\w-]*$/.test(input.value)) return []
    return pane.sight().commands.filter((one) => one.name.startsWith(input.value.toLowerCase()))
  }
  let chosen = 0
  const showCommands = () => {
    const found = offered()
    chosen = Math.min(chosen, Math.max(0, found.length - 1))
    commands.hidden = found.length === 0
    fill(
      commands,
      found.map((one, index) =>
        h(
          'div',
          {
            role: 'option',
            id: `${listId}-${index}`,
            class: 'option',
            'aria-selected': String(index === chosen),
            onmousedown: (event) => {
              event.preventDefault()
              take(one.name)
            },
          },
          h('strong', {}, one.name),
          ' ',
          h('span', { class: 'small' }, one.description),
        ),
      ),
    )
    if (found.length > 0) input.setAttribute('aria-activedescendant', `${listId}-${chosen}`)
    else input.removeAttribute('aria-activedescendant')
    commands.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }
  /** @param {string} command */
  const take = (command) => {
    input.value = `${command} `
    changed()
    input.focus()
  }

  const changed = () => {
    showCommands()
    send.disabled = input.value.trim() === '' && !recording
    element.classList.toggle('empty', input.value.trim() === '')
    input.placeholder = recording ? 'Recording…' : pane.placeholder()
  }

  /** @param {KeyboardEvent} event @returns {boolean} Whether it was for the list of commands. */
  const commandKey = (event) => {
    const found = offered()
    if (found.length === 0) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) chosen = (chosen + step + found.length) % found.length
    else if (event.key === 'Tab' || (event.key === 'Enter' && found[chosen]?.name !== input.value))
      take(found[chosen]?.name ?? '')
    else return false
    showCommands()
    return true
  }

  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return
    if (commandKey(event)) return event.preventDefault()
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      void submit()
    } else if (event.key === 'Escape') {
      recording?.cancel()
      setAim(undefined)
    } else if (event.key === 'ArrowUp' && input.value === '') {
      const own = pane.lastOwn()
      if (own) {
        event.preventDefault()
        setAim({ kind: 'edit', message: own })
      }
    }
  })
  input.addEventListener('input', changed)
  chooser.addEventListener('change', () => {
    const [file] = chooser.files ?? []
    chooser.value = ''
    if (file) void attach(file)
  })
  element.addEventListener('paste', (event) => {
    const [file] = event.clipboardData?.files ?? []
    if (file) {
      event.preventDefault()
      void attach(file)
    }
  })
  element.addEventListener('dragover', (event) => event.preventDefault())
  element.addEventListener('drop', (event) => {
    event.preventDefault()
    const [file] = event.dataTransfer?.files ?? []
    if (file) void attach(file)
  })

  return {
    element,
    setAim,
    refresh: changed,
    focus: () => input.focus(),
    /** Forgets what it was aimed at, where that is gone or in another channel. */
    dropAim: () => setAim(undefined),
    aim: () => aim,
  }
}
