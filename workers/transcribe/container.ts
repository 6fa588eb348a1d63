import { fileTypeFromFile } from 'file-type'

/** ffmpeg's demuxer for each container that may hold a voice, by file-type's name for it. */
const DEMUXERS: Readonly<Record<string, string>> = {
  aac: 'aac',
  ac3: 'ac3',
  aif: 'aiff',
  amr: 'amr',
  asf: 'asf',
  avi: 'avi',
  caf: 'caf',
  flac: 'flac',
  mkv: 'matroska',
  webm: 'matroska',
  mp1: 'mp3',
  mp2: 'mp3',
  mp3: 'mp3',
  '3g2': 'mov',
  '3gp': 'mov',
  f4v: 'mov',
  m4a: 'mov',
  m4b: 'mov',
  m4v: 'mov',
  mov: 'mov',
  mp4: 'mov',
  oga: 'ogg',
  ogg: 'ogg',
  ogm: 'ogg',
  ogv: 'ogg',
  ogx: 'ogg',
  opus: 'ogg',
  spx: 'ogg',
  wav: 'wav',
  wv: 'wv',
}

const MAX_BUFFER_BYTES = 1024 * 1024

/**
 * The one demuxer that ffmpeg may use, by the file's own bytes. Playlists (HLS, DASH, concat) have none here:
 * ffmpeg would follow them to other files.
 */
export async function demuxerFor(path: string, signal: AbortSignal): Promise<string | undefined> {
  const type = await fileTypeFromFile(path, { signal, maxBufferSize: MAX_BUFFER_BYTES }).catch(
    (error: unknown) => {
      // What the system refuses (no descriptors left, a full disk) says nothing about the file.
      if (error instanceof Error && 'syscall' in error) throw error
      // file-type throws on some files that end too early for what they claim to be.
      return undefined
    },
  )
  signal.throwIfAborted()
  return type && Object.hasOwn(DEMUXERS, type.ext) ? DEMUXERS[type.ext] : undefined
}
