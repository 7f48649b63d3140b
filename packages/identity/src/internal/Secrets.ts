import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { Effect } from "effect"

/** A secret that nobody guesses: 256 bits unless told otherwise, in characters that need no quoting anywhere. */
export const token = (bytes = 32) => Effect.sync(() => randomBytes(bytes).toString("base64url"))

/** RFC 4648, without letters and digits that look alike being in it together. */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** Base32 without padding. */
export const base32 = (bytes: Uint8Array): string => {
  let text = ""
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31]
}

/** A secret for people to type: groups of four letters and digits, 5 bits each. */
export const readable = (groups: number) =>
  Effect.sync(() => {
    const text = base32(randomBytes(Math.ceil((groups * 20) / 8))).slice(0, groups * 4)
    return (text.match(/.{4}/g) ?? []).join("-")
  })

/**
 * What is kept of a secret that was drawn by the functions above. A slow hash is for passwords, which people choose; these
 * cannot be guessed, however fast.
 */
export const hash = (secret: string): string => createHash("sha256").update(secret).digest("base64url")

/** Whether two texts are the same, in a time that does not tell where they differ. */
export const equal = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
