export { javascript as python } from '../javascript/index.ts'
