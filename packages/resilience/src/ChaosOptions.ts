import { type Duration, Effect, Schema } from "effect"
import { NonNegativeDuration } from "./internal/DurationInput.ts"

const rate = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const Injection = Schema.Struct({ rate })

/**
 * Failures on purpose as data: what share of calls is hit, from 0 to 1, by each kind. What is absent does not happen.
 *
 * - `enabled`: true by default; what it is when a call is put under the policy counts for that call.
 * - `fault`: fails with `FaultInjected`, or with what the call names. `defect`: dies.
 * - `latency`: waits so long before the call.
 * - `outcome`, `behavior`: the answer and the deed that the call names; nothing if it names none.
 */
export const ChaosOptions = Schema.Struct({
  enabled: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  fault: Schema.optionalKey(Injection),
  defect: Schema.optionalKey(Injection),
  latency: Schema.optionalKey(Schema.Struct({ rate, latency: NonNegativeDuration })),
  outcome: Schema.optionalKey(Injection),
  behavior: Schema.optionalKey(Injection)
}).annotate({ identifier: "ChaosOptions" })
export type ChaosOptions = typeof ChaosOptions.Type

interface InjectionInput {
  readonly rate: number
}

export interface ChaosOptionsInput {
  readonly enabled?: boolean | undefined
  readonly fault?: InjectionInput | undefined
  readonly defect?: InjectionInput | undefined
  readonly latency?: (InjectionInput & { readonly latency: Duration.Input }) | undefined
  readonly outcome?: InjectionInput | undefined
  readonly behavior?: InjectionInput | undefined
}

/** A failure on purpose in place of the call, which did not run. It carries no stack trace. */
export class FaultInjected extends Schema.TaggedError<FaultInjected>("@resync/resilience/FaultInjected")(
  "FaultInjected",
  {
    /** The policy. */
    name: Schema.String
  }
) {
  override get message(): string {
    return `Chaos makes ${this.name} fail`
  }
}
