export type { AudioHeader } from './audio-header.ts'
export { readAudioHeader } from './audio-header.ts'
export type { ChatRequest } from './chat-request.ts'
export type { ChatRecord, ModelEmulator, ModelEmulatorOptions } from './model-emulator.ts'
export { startModelEmulator } from './model-emulator.ts'
export type { ReplyTrouble, ScriptedReply } from './reply-script.ts'
export type {
  ScriptedSegment,
  ScriptedTranscript,
  TranscriptionRecord,
  WhisperEmulator,
  WhisperEmulatorOptions,
} from './whisper-emulator.ts'
export { startWhisperEmulator } from './whisper-emulator.ts'
