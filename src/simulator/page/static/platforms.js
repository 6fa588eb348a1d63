// @ts-check

/**
 * What differs in how people use a platform.
 * @typedef {object} Manners
 * @property {string} name
 * @property {string} place What its biggest unit is called.
 * @property {'thread' | 'reply' | 'both'} answers How one answers a certain message.
 * @property {boolean} bubbles
 * @property {string} channelSign
 * @property {string} commandSign
 * @property {readonly string[]} reactions
 * @property {boolean} ownThreads Threads are channels that one opens on a message.
 */

/** @type {Readonly<Record<import('../sight.ts').Platform, Manners>>} */
export const MANNERS = {
  slack: {
    name: 'Slack',
    place: 'workspace',
    channelSign: '#',
    answers: 'thread',
    bubbles: false,
    commandSign: '/',
    reactions: ['+1', '-1', 'eyes', 'tada', 'white_check_mark', 'heart'],
    ownThreads: false,
  },
  discord: {
    name: 'Discord',
    place: 'server',
    channelSign: '#',
    answers: 'reply',
    bubbles: false,
    commandSign: '/',
    reactions: ['👍', '👎', '👀', '🎉', '✅', '❤️'],
    ownThreads: true,
  },
  telegram: {
    name: 'Telegram',
    place: 'group',
    channelSign: '',
    answers: 'reply',
    bubbles: true,
    commandSign: '/',
    reactions: ['👍', '👎', '❤', '🔥', '🎉', '👀'],
    ownThreads: false,
  },
  matrix: {
    name: 'Matrix',
    place: 'homeserver',
    channelSign: '#',
    answers: 'both',
    bubbles: false,
    commandSign: '!',
    reactions: ['👍', '👎', '👀', '🎉', '✅', '❤️'],
    ownThreads: false,
  },
}
