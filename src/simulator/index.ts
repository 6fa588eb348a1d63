export { type Simulator, type SimulatorOptions, startSimulator } from './page/start.ts'
