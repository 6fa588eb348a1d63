/** Words of `struct seccomp_data` (linux/seccomp.h). */
const NUMBER_OFFSET = 0
const ARCHITECTURE_OFFSET = 4
const FIRST_ARGUMENT_OFFSET = 16

/** Instruction codes of classic BPF (linux/bpf_common.h). */
const LOAD = 0x20
const JUMP_EQUAL = 0x15
const JUMP_AT_LEAST = 0x35
const JUMP_ANY_BIT = 0x45
const RETURN = 0x06

const KILL_PROCESS = 0x8000_0000
const ALLOW = 0x7fff_0000
const REFUSE = 0x0005_0000
const EPERM = 1
const ENOSYS = 38
const CLONE_THREAD = 0x0001_0000
/** System calls of the x32 ABI carry this bit and share x86-64's architecture number. */
const X32_BIT = 0x4000_0000

interface Platform {
  readonly architecture: number
  readonly clone: number
  readonly refused: readonly number[]
}

/** Numbers from 424 on are the same on every architecture. */
const REFUSED_EVERYWHERE = [
  424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 440, 442, 443, 444, 445, 446, 447, 448, 450,
]
const CLONE3 = 435

/**
 * Refused: sockets and every other way to reach other processes; new processes and namespaces; mounts;
 * tracing; kernel keys, modules, BPF, performance events, io_uring, userfaultfd, and old unused doors.
 * `execve` stays: bwrap itself needs it once, and behind it there is nothing but Node.
 */
const PLATFORMS: Readonly<Record<string, Platform>> = {
  x64: {
    architecture: 0xc000_003e,
    clone: 56,
    refused: [
      29, 30, 31, 41, 42, 43, 44, 46, 47, 49, 50, 53, 57, 58, 64, 65, 66, 68, 69, 70, 101, 103, 134, 135, 136,
      139, 153, 154, 155, 156, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176,
      177, 178, 179, 180, 212, 227, 237, 238, 240, 241, 242, 243, 244, 245, 246, 248, 249, 250, 256, 272, 278,
      279, 288, 298, 299, 300, 301, 303, 304, 305, 307, 308, 310, 311, 312, 313, 319, 320, 321, 322, 323,
    ],
  },
  arm64: {
    architecture: 0xc000_00b7,
    clone: 220,
    refused: [
      18, 39, 40, 41, 42, 51, 58, 60, 75, 89, 92, 97, 104, 105, 106, 112, 116, 117, 142, 161, 162, 170, 171,
      180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 198, 199, 200, 201,
      202, 203, 206, 207, 211, 212, 217, 218, 219, 224, 225, 235, 237, 238, 239, 241, 242, 243, 262, 263, 264,
      265, 266, 268, 269, 270, 271, 272, 273, 279, 280, 281, 282, 294,
    ],
  },
}

/** A filter as bwrap takes it (an array of `struct sock_filter`); undefined on other processors. */
export function seccompFilter(processor: string): Buffer | undefined {
  const platform = PLATFORMS[processor]
  if (platform === undefined) return undefined
  const refused = [...platform.refused, ...REFUSED_EVERYWHERE]
  return assemble([
    [LOAD, 0, 0, ARCHITECTURE_OFFSET],
    [JUMP_EQUAL, 1, 0, platform.architecture],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, NUMBER_OFFSET],
    [JUMP_AT_LEAST, 0, 1, X32_BIT],
    [RETURN, 0, 0, REFUSE | ENOSYS],
    ...refused.flatMap((number): Instruction[] => [
      [JUMP_EQUAL, 0, 1, number],
      [RETURN, 0, 0, REFUSE | EPERM],
    ]),
    // Its flags lie behind a pointer that a filter cannot follow; C libraries fall back to clone.
    [JUMP_EQUAL, 0, 1, CLONE3],
    [RETURN, 0, 0, REFUSE | ENOSYS],
    [JUMP_EQUAL, 0, 3, platform.clone],
    [LOAD, 0, 0, FIRST_ARGUMENT_OFFSET],
    [JUMP_ANY_BIT, 1, 0, CLONE_THREAD],
    [RETURN, 0, 0, REFUSE | EPERM],
    [RETURN, 0, 0, ALLOW],
  ])
}

/** Code, jump if true, jump if false, constant. */
type Instruction = readonly [number, number, number, number]

function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, [code, ifTrue, ifFalse, constant]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(ifTrue, index * 8 + 2)
    bytes.writeUInt8(ifFalse, index * 8 + 3)
    bytes.writeUInt32LE(constant >>> 0, index * 8 + 4)
  }
  return bytes
}
