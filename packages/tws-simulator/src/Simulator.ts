import { Clock, Context, DateTime, Duration, Effect, Layer, Ref, Schedule } from "effect"
import { advance, schedule } from "./plan/Advance.ts"
import { makeBlueprint } from "./plan/Blueprint.ts"
import type { Command } from "./plan/Command.ts"
import type { AddedDefinition, Plan } from "./plan/Plan.ts"
import { makePlan } from "./plan/PlanDay.ts"
import * as SimulatedClock from "./SimulatedClock.ts"
import { SimulatorOptions, type SimulatorOptionsInput, steppedStart } from "./SimulatorOptions.ts"

/** A command as a route builds it: the simulator adds what only it knows. */
export type Order = Command extends infer C ? (C extends Command ? Omit<C, "epoch"> : never) : never

/** Events taken before other fibers get their turn: about ten milliseconds of work. */
const slice = 5_000

/** How often a plan that nobody asks for is brought up to date. */
const idleStep = Duration.millis(500)

/**
 * The simulated scheduler: a plan that lives on a clock of its own. What is read is the mirror, which lags behind; what
 * is ordered is done a little later. So an answer of 200 means accepted, not done, as with the real one.
 */
export class Simulator extends Context.Service<
  Simulator,
  {
    readonly options: SimulatorOptions
    /** Simulated time, which the mirror lags behind. */
    readonly now: Effect.Effect<DateTime.Utc>
    /** Brings the mirror up to date and reads it. The function must not keep or change the plan. */
    read<A>(f: (plan: Plan) => A): Effect.Effect<A>
    /** Accepts orders, to be done after the action delay. */
    order(orders: ReadonlyArray<Order>): Effect.Effect<void>
    /** The next serial number for something submitted. */
    readonly serial: Effect.Effect<number>
    /** Adds a job definition to the database, at once, and returns its number among all of them. */
    define(definition: AddedDefinition): Effect.Effect<number>
    /** Moves simulated time forward. */
    step(duration: Duration.Input): Effect.Effect<void>
    /** Lets simulated time run this many times as fast as real time; 0 stops it. */
    setSpeed(speed: number): Effect.Effect<void>
    /** Throws the plan away and makes another one for the present simulated day. */
    rebuild(options: { readonly jobs?: number | undefined; readonly seed?: number | undefined }): Effect.Effect<void>
  }
>()("@resync/tws-simulator/Simulator") {
  static readonly make = Effect.fnUntraced(function* (input: SimulatorOptionsInput = {}) {
    const options = SimulatorOptions.from(input)
    const lag = Duration.toMillis(options.mirrorLag)
    const delay = Duration.toMillis(options.actionDelay)
    const real = yield* Clock.currentTimeMillis
    const begin = options.startTime ?? (options.clock === "stepped" ? steppedStart : DateTime.makeUnsafe(real))
    const clock = yield* Ref.make<SimulatedClock.SimulatedClock>({
      real,
      simulated: DateTime.toEpochMillis(begin),
      speed: options.clock === "stepped" ? 0 : options.speed
    })
    const serials = yield* Ref.make(0)
    const plan = yield* Ref.make(makePlan(makeBlueprint(options.seed, options.jobs), DateTime.toEpochMillis(begin)))

    const simulated = Effect.gen(function* () {
      return SimulatedClock.at(yield* Ref.get(clock), yield* Clock.currentTimeMillis)
    })

    const current = Effect.gen(function* () {
      const to = (yield* simulated) - lag
      for (;;) {
        const one = yield* Ref.get(plan)
        if (advance(one, to, slice)) return one
        yield* Effect.yieldNow
      }
    })

    yield* current
    yield* current.pipe(Effect.repeat(Schedule.spaced(idleStep)), Effect.forkScoped)

    return Simulator.of({
      options,
      now: Effect.map(simulated, DateTime.makeUnsafe),
      read: (f) => Effect.map(current, f),
      order: Effect.fn("Simulator.order")(function* (orders) {
        const at = (yield* simulated) + delay
        const one = yield* current
        for (const order of orders) schedule(one, at, withEpoch(order, one.epoch))
      }),
      serial: Ref.updateAndGet(serials, (n) => n + 1),
      define: (definition) => Effect.map(current, (one) => one.blueprint.jobs + one.added.push(definition) - 1),
      step: Effect.fn("Simulator.step")(function* (duration) {
        yield* Ref.update(clock, (one) => SimulatedClock.stepped(one, Duration.toMillis(duration)))
        yield* current
      }),
      setSpeed: Effect.fn("Simulator.setSpeed")(function* (speed) {
        const now = yield* Clock.currentTimeMillis
        yield* Ref.update(clock, (one) => SimulatedClock.withSpeed(one, now, speed))
      }),
      rebuild: Effect.fn("Simulator.rebuild")(function* (change) {
        const { blueprint } = yield* Ref.get(plan)
        const now = yield* simulated
        yield* Ref.set(
          plan,
          makePlan(makeBlueprint(change.seed ?? blueprint.seed, change.jobs ?? blueprint.jobs), now - lag)
        )
        yield* current
      })
    })
  })

  static readonly layer = (options: SimulatorOptionsInput = {}): Layer.Layer<Simulator> =>
    Layer.effect(Simulator, Simulator.make(options))
}

// The distribution over the union is lost on an object spread, so the type is stated.
const withEpoch = (order: Order, epoch: number): Command => ({ ...order, epoch }) as Command
