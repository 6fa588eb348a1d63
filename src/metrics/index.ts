export { observeAdapter, observeCodeRunner, observeReplyModel, observeTranscribe } from './decorators.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { startMetricsServer } from './metrics-server.ts'
export { observeTurns } from './observed-turns.ts'
