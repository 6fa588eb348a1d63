/** What one run may use. */
export interface RunLimits {
  /** CPU time of the program itself. */
  readonly cpuMs: number
  /** From the moment the program is handed to its process. */
  readonly wallMs: number
  readonly heapMb: number
  /** Resident memory above what the idle process holds; catches what lies outside the heap. */
  readonly residentBytes: number
  /** UTF-8 bytes of output kept. */
  readonly keptOutputBytes: number
  /** UTF-8 bytes of output at which the run is stopped. */
  readonly maxOutputBytes: number
}

const KIB = 1_024
const MIB = 1_024 * KIB

export const RUN_LIMITS: RunLimits = {
  cpuMs: 2_000,
  wallMs: 5_000,
  heapMb: 64,
  residentBytes: 256 * MIB,
  keptOutputBytes: 64 * KIB,
  maxOutputBytes: 16 * 64 * KIB,
}

/** UTF-8 bytes of the source, of the input, and of all arguments together. */
export const MAX_TEXT_BYTES = 64 * KIB
export const MAX_WAITING_RUNS = 256
export const READY_TIMEOUT_MS = 10_000
export const MAX_LINE_BYTES = 256 * KIB
export const MAX_ANSWER_BYTES = 16 * MIB
/** Above the child's own limits, so that its more exact verdict comes first. */
export const PARENT_SLACK = { cpuMs: 500, residentBytes: 64 * MIB } as const
/** Kernel limits of the process: the last line, and far above the child's own. */
export const KERNEL_LIMITS = { cpuSeconds: 10, openFiles: 64, dataBytes: 320 * MIB } as const
