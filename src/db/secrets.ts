import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { HubError } from '../model/errors.ts'

/** Encrypts what is kept in the database. */
export interface SecretBox {
  seal(plain: string): string
  /** Throws `secret_unreadable` when the text was sealed with another key or altered. */
  open(sealed: string): string
  /** Bytes for another use, derived from the same secret. */
  derive(purpose: string): Buffer
}

const VERSION = 'v1'

/** AES-256-GCM with a random nonce, under a key derived from `SECRET_KEY`. */
export function createSecretBox(secretKey: string): SecretBox {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secretKey, 'brainall', purpose, 32))
  const key = derive('secrets at rest')
  return {
    derive,
    seal(plain) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    open(sealed) {
      try {
        const [version, payload] = sealed.split('.')
        if (version !== VERSION || !payload) throw new Error('unknown form')
        const bytes = Buffer.from(payload, 'base64url')
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
        decipher.setAuthTag(bytes.subarray(12, 28))
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new HubError(
          'secret_unreadable',
          'a stored secret cannot be read: SECRET_KEY is not the one it was stored with. Restore the old key, or enter the secret again.',
          { cause },
        )
      }
    },
  }
}
