// @ts-check

/**
 * @import { ChannelSight, NumberedMessage, PaneSight, Platform } from '../sight.ts'
 * @import { Manners } from './platforms.js'
 *
 * What the parts of a pane may ask of it.
 * @typedef {object} PaneContext
 * @property {Platform} platform
 * @property {Manners} manners
 * @property {() => string} me
 * @property {() => PaneSight} sight
 * @property {() => string} channel
 * @property {() => ChannelSight | undefined} channelSight
 * @property {() => string} channelTitle
 * @property {(id: string) => NumberedMessage | undefined} message
 * @property {(key: string) => string} nameOf
 * @property {(message: NumberedMessage) => string} summary
 * @property {() => string} placeholder
 * @property {() => NumberedMessage | undefined} lastOwn
 * @property {(threadRoot: string) => boolean} isBusy
 * @property {(threadRoot: string) => HTMLElement[]} busyElements
 * @property {(action: Record<string, unknown>) => Promise<boolean>} act Tells the person what went wrong; false then.
 * @property {(action: Record<string, unknown>) => Promise<string | undefined>} submitForm
 * @property {(text: string, placing?: object) => Promise<boolean>} say
 * @property {(blob: Blob, durationMs: number, placing?: object) => Promise<boolean>} sendVoice
 * @property {() => Promise<void>} sendSample
 * @property {(text: string) => void} tell
 * @property {(message: NumberedMessage, control: string, value?: string) => void} press
 * @property {(message: NumberedMessage, emoji: string) => void} react
 * @property {(kind: 'reply' | 'thread' | 'edit', message: NumberedMessage) => void} aim
 * @property {(message: NumberedMessage) => void} answer
 * @property {(message: NumberedMessage) => boolean} canOpenThread
 * @property {(message: NumberedMessage) => void} openThread
 * @property {(id: string) => void} openChannel
 * @property {(id: string) => void} reveal
 * @property {() => void} refresh
 * @property {(message: NumberedMessage, button: HTMLElement) => void} openMenu
 */

export {}
