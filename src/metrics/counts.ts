import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { STEPS } from '../model/work.ts'
import type { Observer } from '../ports/observer.ts'
import {
  connectionState,
  eventKind,
  failureCode,
  firstNames,
  ingestOutcome,
  language,
  modelOutcome,
  oneOf,
  platformCall,
  platformOutcome,
  runReason,
} from './label-values.ts'

/** Seconds. What a person waits for, what a call takes, what should be over at once. */
const WAITS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const CALLS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const MOMENTS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
const MOST_SERVERS = 20

/** An observer that counts into the registry. */
export function countInto(registry: Registry, platforms: readonly string[]): Observer {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers })
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[] = [],
  ) => new Histogram({ name, help, buckets, labelNames, registers })
  const platformOf = oneOf(platforms)
  const serverOf = firstNames(MOST_SERVERS)

  const inbound = counter('brainall_inbound_total', 'Events that platforms delivered.', [
    'platform',
    'kind',
    'outcome',
  ])
  const inboundTime = histogram(
    'brainall_inbound_seconds',
    'From the delivery of an event to its commit and acknowledgement.',
    MOMENTS,
    ['platform'],
  )
  const webhooks = counter('brainall_webhook_requests_total', 'Requests that platforms made.', [
    'platform',
    'status',
  ])
  const changes = counter('brainall_connection_changes_total', 'States that connections came into.', [
    'platform',
    'state',
  ])
  const calls = counter('brainall_platform_calls_total', 'Calls of platforms.', [
    'platform',
    'call',
    'outcome',
  ])
  const callTime = histogram('brainall_platform_call_seconds', 'What calls of platforms took.', CALLS, [
    'platform',
    'call',
  ])
  const limited = counter(
    'brainall_rate_limit_wait_seconds_total',
    'Waits that platforms asked for by rate limits.',
    ['platform'],
  )
  const visible = histogram(
    'brainall_first_visible_seconds',
    'From the arrival of a message to the first sign of its answer in the chat.',
    WAITS,
  )

  const waited = histogram(
    'brainall_turn_wait_seconds',
    'From the arrival of a message until a worker began with it.',
    WAITS,
    ['step'],
  )
  const took = histogram(
    'brainall_turn_seconds',
    'From the arrival of a message to the end of its turn.',
    WAITS,
    ['end'],
  )
  const ended = counter('brainall_turns_ended_total', 'Turns that ended.', ['step', 'end'])
  const failed = counter('brainall_turn_failures_total', 'Turns that ended with an error.', ['reason'])
  const retried = counter('brainall_turn_retries_total', 'Steps that failed and are tried again.', [
    'step',
    'reason',
  ])
  const resumed = counter('brainall_turns_resumed_total', 'Turns taken over from a worker that died.', [
    'step',
  ])
  for (const step of STEPS) resumed.inc({ step }, 0)

  const modelCalls = counter('brainall_model_calls_total', 'Calls of model and speech servers.', [
    'server',
    'call',
    'outcome',
  ])
  const modelTime = histogram('brainall_model_call_seconds', 'What calls of such servers took.', WAITS, [
    'server',
    'call',
  ])
  const firstToken = histogram(
    'brainall_model_first_token_seconds',
    'From the request to the first text or reasoning.',
    CALLS,
    ['server'],
  )
  const tokens = counter('brainall_model_tokens_total', 'Tokens, as the servers count them.', [
    'server',
    'direction',
  ])
  const audio = counter('brainall_speech_audio_seconds_total', 'Sound sent to speech servers.', ['server'])

  const containment = new Gauge({
    name: 'brainall_code_containment',
    help: "1 for how people's code is contained in this process.",
    labelNames: ['kind'] as const,
    registers,
  })
  const runs = counter('brainall_code_runs_total', "Runs of people's code.", ['language', 'reason'])
  const runTime = histogram('brainall_code_run_seconds', 'What such runs took.', CALLS, ['language'])

  return {
    inbound(platform, kind, outcome, tookMs) {
      const from = platformOf(platform)
      inbound.inc({ platform: from, kind: eventKind(kind), outcome: ingestOutcome(outcome) })
      inboundTime.observe({ platform: from }, tookMs / 1000)
    },
    webhook: (platform, status) =>
      webhooks.inc({ platform: platformOf(platform), status: `${Math.trunc(status / 100)}xx` }),
    connectionChanged: (platform, state) =>
      changes.inc({ platform: platformOf(platform), state: connectionState(state) }),
    platformCall(platform, call, outcome, tookMs, waitMs) {
      const labels = { platform: platformOf(platform), call: platformCall(call) }
      calls.inc({ ...labels, outcome: platformOutcome(outcome) })
      callTime.observe(labels, tookMs / 1000)
      limited.inc({ platform: labels.platform }, (waitMs ?? 0) / 1000)
    },
    firstVisible: (tookMs) => visible.observe(tookMs / 1000),

    turnBegun: (step, waitMs) => waited.observe({ step }, waitMs / 1000),
    turnResumed: (step) => resumed.inc({ step }),
    turnRetried: (step, code) => retried.inc({ step, reason: failureCode(code) }),
    turnEnded(step, end, code, tookMs) {
      ended.inc({ step, end })
      if (code !== undefined) failed.inc({ reason: failureCode(code) })
      if (tookMs !== undefined) took.observe({ end }, tookMs / 1000)
    },

    modelCall(server, call, outcome, tookMs) {
      const labels = { server: serverOf(server), call }
      modelCalls.inc({ ...labels, outcome: modelOutcome(outcome) })
      modelTime.observe(labels, tookMs / 1000)
    },
    firstToken: (server, tookMs) => firstToken.observe({ server: serverOf(server) }, tookMs / 1000),
    tokens(server, prompt, completion) {
      tokens.inc({ server: serverOf(server), direction: 'prompt' }, prompt)
      tokens.inc({ server: serverOf(server), direction: 'completion' }, completion)
    },
    audio: (server, durationMs) => audio.inc({ server: serverOf(server) }, durationMs / 1000),

    containment(kind) {
      containment.reset()
      containment.set({ kind }, 1)
    },
    run(name, reason, tookMs) {
      runs.inc({ language: language(name), reason: runReason(reason) })
      runTime.observe({ language: language(name) }, tookMs / 1000)
    },
  }
}
