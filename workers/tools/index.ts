export { createRunCodeTool } from './run-code.ts'
export type { Tool } from './tool.ts'
export { asMessages, openToolbox, shownOf } from './toolbox.ts'
