import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto"
import { Option, Redacted } from "effect"

/** Keeps secrets in the store that have to be read again, so that a copy of the store alone gives none of them away. */
export interface SecretBox {
  /** `purpose` is bound to what is sealed: what was sealed for one thing opens for no other. */
  readonly seal: (text: string, purpose: string) => string
  /** None when it was sealed with another key or for another purpose, or was changed. */
  readonly open: (sealed: string, purpose: string) => Option.Option<string>
}

/** AES-256-GCM with a key of its own, derived from the secret of the installation. */
export const make = (secret: Redacted.Redacted): SecretBox => {
  const key = Buffer.from(hkdfSync("sha256", Redacted.value(secret), "", "resync identity at rest", 32))
  return {
    seal: (text, purpose) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(purpose))
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")
    },
    open: Option.liftThrowable((sealed: string, purpose: string) => {
      const bytes = Buffer.from(sealed, "base64url")
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(12, 28))
      return decipher.update(bytes.subarray(28), undefined, "utf8") + decipher.final("utf8")
    })
  }
}
