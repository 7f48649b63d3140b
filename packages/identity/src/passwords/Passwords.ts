import { argon2, randomBytes, timingSafeEqual } from "node:crypto"
import { Context, Effect, Layer, Redacted, Semaphore } from "effect"
import * as PasswordHash from "./PasswordHash.ts"
import * as PasswordPolicy from "./PasswordPolicy.ts"

/** OWASP's current recommendation: 19 MiB, two passes. Takes some 30 ms of one core. */
export const owasp: PasswordHash.Argon2Parameters = { memory: 19_456, passes: 2, parallelism: 1 }

/** How many are hashed at once; others wait. Bounds the memory, and leaves threads to the rest of the service. */
const concurrency = 2

const saltLength = 16
const tagLength = 32

const derive = (password: Redacted.Redacted, salt: Uint8Array, parameters: PasswordHash.Argon2Parameters) =>
  // Runs in libuv's pool of threads, and to its end when interrupted.
  Effect.callback<Uint8Array>((resume) => {
    argon2(
      "argon2id",
      {
        message: PasswordPolicy.normalize(Redacted.value(password)),
        nonce: salt,
        parallelism: parameters.parallelism,
        tagLength,
        memory: parameters.memory,
        passes: parameters.passes
      },
      (error, tag) => resume(error === null ? Effect.succeed(tag) : Effect.die(error))
    )
  })

/** Hashes passwords, and tells whether one is right. */
export class Passwords extends Context.Service<
  Passwords,
  {
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<string>
    /**
     * Whether a password belongs to a hash. Without a hash it takes just as long and the answer is no, so that nobody
     * learns by the time of an answer who exists.
     */
    readonly verify: (password: Redacted.Redacted, hash: string | null) => Effect.Effect<boolean>
    /** Whether a hash was made with other parameters than those in force. */
    readonly isOutdated: (hash: string) => boolean
  }
>()("@resync/identity/Passwords") {
  /** With OWASP's parameters unless told otherwise. */
  static readonly layer = (parameters: PasswordHash.Argon2Parameters = owasp): Layer.Layer<Passwords> =>
    Layer.effect(
      Passwords,
      Effect.gen(function* () {
        const gate = yield* Semaphore.make(concurrency)

        const hash = Effect.fn("Passwords.hash")(function* (password: Redacted.Redacted) {
          const salt = yield* Effect.sync(() => randomBytes(saltLength))
          const tag = yield* gate.withPermit(derive(password, salt, parameters))
          return PasswordHash.format({ parameters, salt, tag })
        })

        const nobody: PasswordHash.PasswordHash = {
          parameters,
          salt: yield* Effect.sync(() => randomBytes(saltLength)),
          tag: yield* Effect.sync(() => randomBytes(tagLength))
        }

        const verify = Effect.fn("Passwords.verify")(function* (password: Redacted.Redacted, kept: string | null) {
          const { parameters, salt, tag } = (kept === null ? undefined : PasswordHash.parse(kept)) ?? nobody
          const derived = yield* gate.withPermit(derive(password, salt, parameters))
          return derived.length === tag.length && timingSafeEqual(derived, tag)
        })

        const isOutdated = (kept: string) => {
          const used = PasswordHash.parse(kept)?.parameters
          return (
            used?.memory !== parameters.memory ||
            used.passes !== parameters.passes ||
            used.parallelism !== parameters.parallelism
          )
        }

        return Passwords.of({ hash, verify, isOutdated })
      })
    )
}
