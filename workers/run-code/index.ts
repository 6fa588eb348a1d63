export { type Attempt, type BreakOutReport, tryBreakOut } from './break-out.ts'
export { type CodeRunnerOptions, openCodeRunner, type Sandbox } from './code-runner.ts'
export { runAllowance } from './limits.ts'
