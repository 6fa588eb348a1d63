// @ts-check

/** Slack's names of the emoji that people and the bot use most. @type {Readonly<Record<string, string>>} */
const BY_NAME = {
  '+1': '👍',
  thumbsup: '👍',
  '-1': '👎',
  thumbsdown: '👎',
  eyes: '👀',
  tada: '🎉',
  heart: '❤️',
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  x: '❌',
  warning: '⚠️',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  joy: '😂',
  smile: '😄',
  slightly_smiling_face: '🙂',
  thinking_face: '🤔',
  rocket: '🚀',
  fire: '🔥',
  wave: '👋',
  clap: '👏',
  pray: '🙏',
  raised_hands: '🙌',
  octagonal_sign: '🛑',
  no_entry: '⛔',
  arrows_counterclockwise: '🔄',
  repeat: '🔁',
  speech_balloon: '💬',
  bulb: '💡',
  microphone: '🎤',
  studio_microphone: '🎙️',
  robot_face: '🤖',
  brain: '🧠',
  zap: '⚡',
  question: '❓',
  exclamation: '❗',
  point_right: '👉',
  memo: '📝',
  ear: '👂',
  construction: '🚧',
  sparkles: '✨',
  stop_button: '⏹️',
  lock: '🔒',
  moneybag: '💰',
  clock1: '🕐',
  snail: '🐌',
  100: '💯',
}

/** @param {string} name */
export function emojiOf(name) {
  const plain = name.split('::')[0] ?? name
  return BY_NAME[plain] ?? (/^[\w+-]+$/.test(plain) ? `:${plain}:` : name)
}
