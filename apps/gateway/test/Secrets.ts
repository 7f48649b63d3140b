import { Buffer } from "node:buffer"
import { randomBytes } from "node:crypto"

/** Nobody would write it by chance, and no pattern of a masking rule looks for it. */
export const random = () => `q${randomBytes(15).toString("hex")}`

/** Every way in which a secret could show: as it is, in Base64 at any offset, percent-encoded, in JSON, in hexadecimal. */
const shapes = (secret: string): ReadonlyArray<string> => {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from("\0".repeat(offset) + secret).toString("base64url")
    // What its neighbours decide is left out.
    return text.slice(Math.ceil((offset * 8) / 6), -2)
  })
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("hex"),
    ...base64,
    ...base64.map((text) => text.replaceAll("-", "+").replaceAll("_", "/"))
  ]
}

/** Codes of six digits are found where they stand alone: they may well be within a time. */
const isCode = (secret: string) => /^\d{6}$/.test(secret)

/** The secrets of a run, by what they are. */
export class Secrets {
  readonly #all = new Map<string, ReadonlyArray<string>>()

  keep(name: string, secret: string): string {
    this.#all.set(name, isCode(secret) ? [secret] : [...new Set(shapes(secret))])
    return secret
  }

  /** What of them is in a text, but for those that may be. */
  in(text: string, allowed: ReadonlyArray<string> = []): ReadonlyArray<string> {
    return [...this.#all]
      .filter(([name]) => !allowed.some((prefix) => name.startsWith(prefix)))
      .filter(([, all]) =>
        all.some((shape) =>
          isCode(shape) ? new RegExp(`(?<![\\d.])${shape}(?!\\.?\\d)`).test(text) : text.includes(shape)
        )
      )
      .map(([name]) => name)
  }

  get size(): number {
    return this.#all.size
  }
}
