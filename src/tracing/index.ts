export { traceAdapter, traceObserved } from './observing.ts'
export { openOtlp } from './otlp.ts'
export { createTracer, type Tracer } from './tracer.ts'
