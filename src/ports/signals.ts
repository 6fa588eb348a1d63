/** News between processes. Best effort: whoever listens also looks now and then by itself. */
export type SignalTopic = 'stop' | 'redo' | 'connections' | 'settings' | 'models' | 'sessions' | 'limits'

export interface Signals {
  publish(topic: SignalTopic, payload: string): Promise<void>
  /** Returns a function that unsubscribes. A listener must not throw. */
  subscribe(topic: SignalTopic, listener: (payload: string) => void): () => void
}
