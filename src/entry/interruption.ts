/** Aborts with the first SIGINT or SIGTERM. */
export function untilSignal(): AbortSignal {
  const controller = new AbortController()
  const abort = () => controller.abort(new Error('interrupted'))
  process.once('SIGINT', abort).once('SIGTERM', abort)
  return controller.signal
}
