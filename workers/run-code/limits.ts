import type { RunLanguage } from '../../src/model/command.ts'
import type { RunAllowance } from '../../src/ports/code-runner.ts'

/** What one run may use. */
export interface RunLimits {
  /** CPU time of the program itself. */
  readonly cpuMs: number
  /** From the moment the program is handed to its process. */
  readonly wallMs: number
  /** What the program itself may hold, as a person is told it. */
  readonly memoryMb: number
  /** Of the isolate: the engine's own buffers count here too. */
  readonly heapMb: number
  /** Resident memory above what the idle process holds; catches what lies outside the heap. */
  readonly residentBytes: number
  /** UTF-8 bytes of output kept. */
  readonly keptOutputBytes: number
  /** UTF-8 bytes of output at which the run is stopped. */
  readonly maxOutputBytes: number
}

const KIB = 1_024
export const MIB = 1_024 * KIB

const SCRIPT: RunLimits = {
  cpuMs: 2_000,
  wallMs: 5_000,
  memoryMb: 64,
  heapMb: 64,
  residentBytes: 256 * MIB,
  keptOutputBytes: 64 * KIB,
  maxOutputBytes: 16 * 64 * KIB,
}
const PYTHON: RunLimits = { ...SCRIPT, cpuMs: 5_000, wallMs: 10_000, memoryMb: 160, heapMb: 256 }

export const RUN_LIMITS: Readonly<Record<RunLanguage, RunLimits>> = {
  javascript: SCRIPT,
  typescript: SCRIPT,
  python: PYTHON,
  sql: SCRIPT,
  lua: SCRIPT,
}

export function runAllowance(language: RunLanguage, limits: Partial<RunLimits> = {}): RunAllowance {
  const { cpuMs, wallMs, memoryMb } = { ...RUN_LIMITS[language], ...limits }
  return { cpuMs, wallMs, memoryMb }
}

/** A page of WebAssembly memory. */
const WASM_PAGE_KIB = 64

/** The flag of Node that holds every WebAssembly memory to so much. */
export function wasmMemoryFlag(language: RunLanguage): string {
  return `--wasm-max-mem-pages=${(RUN_LIMITS[language].memoryMb * KIB) / WASM_PAGE_KIB}`
}

/** For making the image that Python's processes start from; a few seconds on an idle machine. */
export const IMAGE_TIMEOUT_MS = 60_000
export const MAX_IMAGE_BYTES = 128 * MIB

/** UTF-8 bytes of the source, of the input, and of all arguments together. */
export const MAX_TEXT_BYTES = 64 * KIB
export const MAX_WAITING_RUNS = 256
export const READY_TIMEOUT_MS = 10_000
export const MAX_LINE_BYTES = 256 * KIB
export const MAX_ANSWER_BYTES = 16 * MIB
/** Above the child's own limits, so that its more exact verdict comes first. */
export const PARENT_SLACK = { cpuMs: 500, residentBytes: 64 * MIB } as const
/** Kernel limits of the process: the last line, and far above the child's own. */
export const KERNEL_LIMITS = { cpuSeconds: 10, openFiles: 64 } as const
/** For an interpreter without WebAssembly, and for an engine with it. */
export const KERNEL_DATA_BYTES = { interpreter: 320 * MIB, wasm: 2_048 * MIB } as const
