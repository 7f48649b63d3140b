/** Time-based one-time passwords, RFC 6238: what every authenticator app does. */
import { createHmac } from "node:crypto"
import * as Secrets from "../internal/Secrets.ts"

/** A code holds for this long. */
export const periodMillis = 30_000

export const digits = 6

/** Clocks of phones are off by less than this many periods. */
const drift = 1

/** In which period an instant lies. */
export const stepAt = (millis: number): number => Math.floor(millis / periodMillis)

/** The code of a period. */
export const code = (secret: Uint8Array, step: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac("sha1", secret).update(counter).digest()
  const offset = mac.readUInt8(mac.length - 1) & 15
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, "0")
}

/**
 * The period that a code belongs to, or nothing when it is wrong. A code is good in its period and the ones beside it,
 * and never after one of its own or a later period was used: `lastStep` is the last that was.
 */
export const verify = (options: {
  readonly secret: Uint8Array
  readonly given: string
  readonly millis: number
  readonly lastStep: number
}): number | undefined => {
  const given = options.given.replaceAll(/\s/g, "")
  const current = stepAt(options.millis)
  let found: number | undefined
  for (let step = current - drift; step <= current + drift; step++) {
    if (step >= 0 && Secrets.equal(code(options.secret, step), given) && step > options.lastStep) found ??= step
  }
  return found
}

/** What an authenticator app reads, from a QR code for example. */
export const uri = (options: {
  readonly secret: Uint8Array
  readonly issuer: string
  readonly account: string
}): string => {
  const label = `${encodeURIComponent(options.issuer)}:${encodeURIComponent(options.account)}`
  const query = new URLSearchParams({
    secret: Secrets.base32(options.secret),
    issuer: options.issuer,
    algorithm: "SHA1",
    digits: String(digits),
    period: String(periodMillis / 1_000)
  })
  // Apps read %20 and not all of them a plus.
  return `otpauth://totp/${label}?${query.toString().replaceAll("+", "%20")}`
}
