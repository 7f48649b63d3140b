import { DateTime, Duration, Effect, Redacted, Schema } from "effect"

/** An account that may sign in: by name and password, or by an API key (a JWT) sent as a bearer token. */
export const Account = Schema.Struct({
  user: Schema.NonEmptyString,
  password: Schema.Redacted(Schema.String),
  token: Schema.optionalKey(Schema.Redacted(Schema.String)),
  /** A read-only account gets 403 for everything that changes something. Default `operator`. */
  role: Schema.Literals(["operator", "viewer"]).pipe(Schema.withConstructorDefault(Effect.succeed("operator" as const)))
})
export type Account = typeof Account.Type

/** Transport security: none, a self-signed certificate that is valid, or one that ran out. */
export const TlsMode = Schema.Literals(["off", "self-signed", "expired"])
export type TlsMode = typeof TlsMode.Type

const defaultAccounts: readonly [Account, ...Array<Account>] = [
  { user: "wauser", password: Redacted.make("wapassword"), token: Redacted.make("wa-api-key"), role: "operator" },
  { user: "viewer", password: Redacted.make("viewer"), token: Redacted.make("viewer-api-key"), role: "viewer" }
]

/** How the simulated scheduler is made. Every field has a default: `SimulatorOptions.make({})`. */
export class SimulatorOptions extends Schema.Class<SimulatorOptions>("@resync/tws-simulator/SimulatorOptions")({
  /** The size of the plan, 20 to 500,000 jobs. */
  jobs: Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 500_000 })).pipe(
    Schema.withConstructorDefault(Effect.succeed(1000))
  ),
  /** Decides everything that is left to chance. One seed and one start give one plan and one history. */
  seed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff_ffff })).pipe(
    Schema.withConstructorDefault(Effect.succeed(42))
  ),
  /** `real` runs with the clock, `speed` times as fast; `stepped` stands still until it is moved. */
  clock: Schema.Literals(["real", "stepped"]).pipe(Schema.withConstructorDefault(Effect.succeed("real" as const))),
  speed: Schema.Finite.check(Schema.isGreaterThan(0)).pipe(Schema.withConstructorDefault(Effect.succeed(1))),
  /** Where simulated time begins. By default now for a real clock, 10:00 UTC of 2026-03-04 for a stepped one. */
  startTime: Schema.optionalKey(Schema.DateTimeUtc),
  /** How far reads lag behind the plan, in simulated time. */
  mirrorLag: Schema.Duration.pipe(Schema.withConstructorDefault(Effect.succeed(Duration.seconds(2)))),
  /** How long an accepted action takes until it is done, in simulated time. */
  actionDelay: Schema.Duration.pipe(Schema.withConstructorDefault(Effect.succeed(Duration.seconds(1)))),
  accounts: Schema.NonEmptyArray(Account).pipe(Schema.withConstructorDefault(Effect.succeed(defaultAccounts))),
  /** The version that the engine says it is. */
  version: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("10.2.8.00"))),
  timeZone: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("UTC")))
}) {
  /** Fills what was not given with the defaults. */
  static readonly from = (options: SimulatorOptionsInput = {}): SimulatorOptions => new SimulatorOptions(options)
}

export type SimulatorOptionsInput = NonNullable<ConstructorParameters<typeof SimulatorOptions>[0]>

/** Where a stepped clock begins when nothing else is said. */
export const steppedStart = DateTime.makeUnsafe("2026-03-04T10:00:00Z")
