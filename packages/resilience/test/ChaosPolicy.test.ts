import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Random } from "effect"
import { TestClock } from "effect/testing"
import * as Chaos from "../src/Chaos.ts"

const rolled = (next: number) =>
  Effect.provideService(Random.Random, { nextDoubleUnsafe: () => next, nextIntUnsafe: () => 0 })

const call = Effect.succeed("call")
const always = { rate: 1 }

describe("Chaos.apply", () => {
  it("gives the call back as it is when it is off or says nothing", () => {
    const off = { enabled: false, fault: always, defect: always, latency: { rate: 1, latency: Duration.seconds(1) } }
    assert.strictEqual(Chaos.apply("x", off)(call), call)
    assert.strictEqual(Chaos.apply("x", { enabled: true })(call), call)
    const unnamed = { enabled: true, outcome: always, behavior: always }
    assert.strictEqual(Chaos.apply("x", unnamed)(call), call)
    const never = { enabled: true, fault: { rate: 0 }, outcome: { rate: 0 } }
    assert.strictEqual(Chaos.apply("x", never)(call, { outcome: () => "instead" }), call)
  })

  it.effect("a fault is its own or that of the call, a defect dies, an outcome answers", () =>
    Effect.gen(function* () {
      const fault = Chaos.apply("x", { enabled: true, fault: always })
      const error = yield* Effect.flip(fault(call))
      assert.deepInclude(error, { _tag: "FaultInjected", name: "x" })
      const named: Effect.Effect<string, string> = call
      assert.strictEqual(yield* Effect.flip(fault(named, { fault: () => "down" })), "down")
      const died = yield* Effect.exit(Chaos.apply("x", { enabled: true, defect: always })(call))
      assert.isTrue(
        Exit.isFailure(died) && Cause.hasDies(died.cause) && Cause.pretty(died.cause).includes("Chaos at x")
      )
      const outcome = Chaos.apply("x", { enabled: true, outcome: always })
      assert.strictEqual(yield* outcome(call, { outcome: () => "instead" }), "instead")
    })
  )

  it.effect("the share that is hit is that of the rolls below the rate", () =>
    Effect.gen(function* () {
      const fault = Chaos.apply("x", { enabled: true, fault: { rate: 0.3 } })
      assert.isTrue(Exit.isFailure(yield* rolled(0.29)(Effect.exit(fault(call)))))
      assert.strictEqual(yield* rolled(0.3)(fault(call)), "call")
    })
  )

  it.effect("latency comes first, then the behaviour, then what stands in place of the call", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const note = (what: string) => Effect.sync(() => void order.push(what))
      const options = {
        enabled: true,
        latency: { rate: 1, latency: Duration.seconds(2) },
        behavior: always,
        fault: always,
        defect: always
      }
      const shaken = Chaos.apply("x", options)(note("call"), { behavior: note("behaviour") })
      const fiber = yield* Effect.forkChild(Effect.exit(shaken), { startImmediately: true })
      yield* TestClock.adjust("1999 millis")
      assert.deepStrictEqual(order, [])
      yield* TestClock.adjust("1 millis")
      const exit = yield* Fiber.join(fiber)
      assert.deepStrictEqual(order, ["behaviour"])
      assert.isTrue(Exit.isFailure(exit) && !Cause.hasDies(exit.cause))
    })
  )
})
