/** Loaded into a hub before anything else: each SIGUSR2 moves its clock an hour forward, then back, then right. */
const SHIFTS_MS = [3_600_000, -3_600_000, 0]
const RealDate = Date
let shiftMs = 0
let shifts = 0

class ShiftedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    super(given.length === 0 ? RealDate.now() + shiftMs : given[0])
  }

  static override now(): number {
    return RealDate.now() + shiftMs
  }
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: unknown[], made) =>
    given.length === 0 ? new ShiftedDate() : Reflect.construct(target, given, made),
  get: (target, name) => (name === 'now' ? ShiftedDate.now : Reflect.get(target, name)),
})
process.on('SIGUSR2', () => {
  shiftMs = SHIFTS_MS[shifts % SHIFTS_MS.length] ?? 0
  shifts += 1
})
