import { Context, Effect, Layer } from "effect"
import { IdentityUnavailable } from "../IdentityError.ts"
import * as BreachedPasswords from "./BreachedPasswords.ts"
import * as CommonPasswords from "./CommonPasswords.ts"
import * as PasswordPolicy from "./PasswordPolicy.ts"

/** Tells whether a new password is good enough. */
export class PasswordRules extends Context.Service<
  PasswordRules,
  {
    /** Why it is not, or nothing when it is. Without the list of breached passwords that there should be, nothing is. */
    readonly refusal: (password: string, name: string) => Effect.Effect<string | undefined, IdentityUnavailable>
  }
>()("@resync/identity/PasswordRules") {
  /** By the common passwords that come with the service, and those of a file of breached ones if there is one. */
  static readonly layer = (breached?: string): Layer.Layer<PasswordRules> =>
    Layer.effect(
      PasswordRules,
      Effect.gen(function* () {
        // Who goes away while the list is read leaves it to the next.
        const common = yield* Effect.cached(Effect.uninterruptible(CommonPasswords.read))

        const isBreached = (password: string) =>
          breached === undefined
            ? Effect.succeed(false)
            : Effect.catch(BreachedPasswords.has(breached, password), (cause) =>
                Effect.andThen(
                  Effect.logError("The list of breached passwords cannot be read; no new one is taken", cause),
                  Effect.fail(new IdentityUnavailable({ cause }))
                )
              )

        const refusal: PasswordRules["Service"]["refusal"] = Effect.fn("PasswordRules.refusal")(
          function* (password, name) {
            const reason = PasswordPolicy.refusal(password, name)
            if (reason !== undefined) return reason
            const words = yield* common
            if (PasswordPolicy.formsOf(password).some((form) => words.has(form))) return PasswordPolicy.triedFirst
            return (yield* isBreached(password)) ? "it is known from a breach" : undefined
          }
        )

        return PasswordRules.of({ refusal })
      })
    )
}
