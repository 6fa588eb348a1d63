import type { ReadFault } from '../reading.ts'

/** Why a file gives no text; `message` holds nothing of its content. */
export class FileFault extends Error {
  readonly fault: ReadFault

  constructor(fault: ReadFault, detail: string) {
    super(detail)
    this.name = 'FileFault'
    this.fault = fault
  }
}
