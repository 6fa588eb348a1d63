// @ts-check

/**
 * What differs in how people use a platform.
 * @typedef {object} Manners
 * @property {string} name
 * @property {'thread' | 'reply' | 'both'} answers How one answers a certain message.
 * @property {boolean} bubbles
 * @property {number} digit With Alt, jumps to the pane.
 * @property {string} channelSign
 * @property {string} commandSign
 * @property {readonly string[]} reactions
 * @property {boolean} ownThreads Threads are channels that one opens on a message.
 */

/** @type {Readonly<Record<import('../sight.ts').Platform, Manners>>} */
export const MANNERS = {
  slack: {
    name: 'Slack',
    digit: 1,
    channelSign: '#',
    answers: 'thread',
    bubbles: false,
    commandSign: '/',
    reactions: ['+1', '-1', 'eyes', 'tada', 'white_check_mark', 'heart'],
    ownThreads: false,
  },
  discord: {
    name: 'Discord',
    digit: 2,
    channelSign: '#',
    answers: 'reply',
    bubbles: false,
    commandSign: '/',
    reactions: ['👍', '👎', '👀', '🎉', '✅', '❤️'],
    ownThreads: true,
  },
  telegram: {
    name: 'Telegram',
    digit: 3,
    channelSign: '',
    answers: 'reply',
    bubbles: true,
    commandSign: '/',
    reactions: ['👍', '👎', '❤', '🔥', '🎉', '👀'],
    ownThreads: false,
  },
  matrix: {
    name: 'Matrix',
    digit: 4,
    channelSign: '#',
    answers: 'both',
    bubbles: false,
    commandSign: '!',
    reactions: ['👍', '👎', '👀', '🎉', '✅', '❤️'],
    ownThreads: false,
  },
}
