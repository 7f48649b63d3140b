import { Effect, Schema } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { FaultRule } from "../FaultRule.ts"
import { SimulatorControl } from "../SimulatorControl.ts"

const ClockOrder = Schema.Union([
  Schema.Struct({ step: Schema.DurationFromString }),
  Schema.Struct({ stepMillis: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)) }),
  Schema.Struct({ speed: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)) })
])

const PlanOrder = Schema.Struct({
  jobs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 500_000 }))),
  seed: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff_ffff })))
})

const FaultOrder = Schema.Struct({ rules: Schema.Array(FaultRule) })

const refuse = (message: string) => HttpServerResponse.jsonUnsafe({ error: message }, { status: 400 })

/** Decodes the body and answers 400 with what is wrong with it. */
const accept = <A, I>(
  schema: Schema.Codec<A, I>,
  use: (control: SimulatorControl["Service"], order: A) => Effect.Effect<unknown>
) =>
  Effect.gen(function* () {
    const control = yield* SimulatorControl
    const order = yield* HttpServerRequest.schemaBodyJson(schema)
    return HttpServerResponse.jsonUnsafe(yield* use(control, order))
  }).pipe(
    Effect.catchTags({
      SchemaError: (error) => Effect.succeed(refuse(error.message)),
      HttpServerError: () => Effect.succeed(refuse("The body is not valid JSON."))
    })
  )

const show = (read: (control: SimulatorControl["Service"]) => Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    return HttpServerResponse.jsonUnsafe(yield* read(yield* SimulatorControl))
  })

const faults = (control: SimulatorControl["Service"]) => Effect.map(control.faults, (rules) => ({ rules }))

/** The surface that moves time, makes things fail and tells what was seen. It needs no sign-in and meets no faults. */
export const controlRoutes = [
  HttpRouter.route("GET", "/__sim/faults", show(faults)),
  HttpRouter.route(
    "PUT",
    "/__sim/faults",
    accept(FaultOrder, (control, { rules }) => Effect.andThen(control.setFaults(rules), faults(control)))
  ),
  HttpRouter.route(
    "GET",
    "/__sim/clock",
    show((control) => control.clock)
  ),
  HttpRouter.route(
    "POST",
    "/__sim/clock",
    accept(ClockOrder, (control, order) => {
      const done =
        "speed" in order
          ? control.setSpeed(order.speed)
          : control.stepClock("step" in order ? order.step : order.stepMillis)
      return Effect.andThen(done, control.clock)
    })
  ),
  HttpRouter.route(
    "POST",
    "/__sim/plan",
    accept(PlanOrder, (control, order) => Effect.andThen(control.rebuildPlan(order), control.clock))
  ),
  HttpRouter.route(
    "GET",
    "/__sim/stats",
    show((control) => control.stats)
  ),
  HttpRouter.route(
    "DELETE",
    "/__sim/stats",
    show((control) => Effect.as(control.resetStats, {}))
  )
] as const
