import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Console, Duration, Effect, Layer, Redacted, Schema } from "effect"
import { Command, Flag } from "effect/cli"

const flags = {
  port: Flag.Int("port").pipe(
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
    Flag.withDescription("Port to listen on; 0 takes any free one"),
    Flag.withDefault(31_116)
  ),
  host: Flag.String("host").pipe(Flag.withDescription("Address to listen on"), Flag.withDefault("127.0.0.1")),
  jobs: Flag.Int("jobs").pipe(
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 500_000 }))),
    Flag.withDescription("Jobs in the plan, 20 to 500,000"),
    Flag.withDefault(1000)
  ),
  seed: Flag.Int("seed").pipe(
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff_ffff }))),
    Flag.withDescription("Decides everything left to chance"),
    Flag.withDefault(42)
  ),
  clock: Flag.Literals("clock", ["real", "stepped"]).pipe(
    Flag.withDescription("`stepped` stands still until POST /__sim/clock moves it"),
    Flag.withDefault("real" as const)
  ),
  speed: Flag.Finite("speed").pipe(
    Flag.withSchema(Schema.Finite.check(Schema.isGreaterThan(0))),
    Flag.withDescription("Simulated seconds for each real second"),
    Flag.withDefault(1)
  ),
  start: Flag.String("start").pipe(
    Flag.withSchema(Schema.DateTimeUtcFromString),
    Flag.withDescription("Instant at which simulated time begins, for example 2026-03-04T10:00:00Z"),
    Flag.optional
  ),
  mirrorLag: Flag.String("mirror-lag").pipe(
    Flag.withSchema(Schema.DurationFromString),
    Flag.withDescription("How far reads lag behind the plan"),
    Flag.withDefault(Duration.seconds(2))
  ),
  actionDelay: Flag.String("action-delay").pipe(
    Flag.withSchema(Schema.DurationFromString),
    Flag.withDescription("How long an accepted action takes until it is done"),
    Flag.withDefault(Duration.seconds(1))
  ),
  user: Flag.String("user").pipe(Flag.withDescription("Name of the operator's account"), Flag.withDefault("wauser")),
  password: Flag.Redacted("password").pipe(
    Flag.withDescription("Password of the operator's account"),
    Flag.withDefault(Redacted.make("wapassword"))
  ),
  token: Flag.Redacted("token").pipe(
    Flag.withDescription("API key of the operator's account, for bearer sign-in"),
    Flag.withDefault(Redacted.make("wa-api-key"))
  ),
  tls: Flag.Literals("tls", ["off", "self-signed", "expired"]).pipe(
    Flag.withDescription("Serve HTTPS with a self-signed certificate, or with one that ran out"),
    Flag.withDefault("off" as const)
  )
}

/** Starts a simulator and keeps it until a signal ends the program. */
export const simulator = Command.make(
  "simulator",
  flags,
  Effect.fn(function* ({ password, start, token, user, ...options }) {
    const server = SimulatorServer.layer({
      ...options,
      ...(start._tag === "Some" ? { startTime: start.value } : {}),
      accounts: [{ user, password, token }]
    })
    const announce = Effect.gen(function* () {
      const { url } = yield* SimulatorServer
      const insecure = options.tls === "off" ? "" : "-k "
      yield* Console.log(
        [
          `The simulated scheduler listens at ${url}/twsd with ${options.jobs} jobs (seed ${options.seed}).`,
          `Try: curl ${insecure}-u ${user} '${url}/twsd/api/v2/plan/job?limit=2'`,
          `     curl ${insecure}${url}/__sim/stats`
        ].join("\n")
      )
    })
    return yield* Layer.launch(Layer.effectDiscard(announce).pipe(Layer.provide(server)))
  })
).pipe(Command.withDescription("A simulated HCL Workload Automation master with a living plan"))
