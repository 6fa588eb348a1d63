import { createHash } from 'node:crypto'
import type { EffectiveSettings } from '../../src/model/settings.ts'
import type { Decision } from '../../src/model/work.ts'

/** The settings of a conversation, which is on trial or not for as long as the trial lasts. */
export function onTrial(
  settings: EffectiveSettings,
  conversationId: string,
): { readonly settings: EffectiveSettings; readonly decision: Decision | undefined } {
  const { trial } = settings
  if (!trial) return { settings, decision: undefined }
  const share =
    (createHash('sha256').update(`trial ${conversationId}`).digest().readUInt32BE(0) / 2 ** 32) * 100
  if (share >= trial.percent) return { settings, decision: undefined }
  const model = trial.model ?? settings.model
  return {
    settings: { ...settings, model, systemPrompt: trial.systemPrompt ?? settings.systemPrompt },
    decision: { code: 'trial', detail: { model: model ?? '' } },
  }
}
