import type { SecretBox } from '../db/secrets.ts'

/** Tells whether two keys are the same, and nothing else about them. */
export function secretKeyDigest(secrets: SecretBox): string {
  return secrets.derive('which key a backup was made with').toString('base64url')
}
