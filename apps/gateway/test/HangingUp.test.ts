import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { CommandStore } from "../src/commands/pipeline/CommandStore.ts"
import { act, ann, started, trailed } from "./TestPipeline.ts"

describe("a caller who hangs up", () => {
  it.effect("between the beginning of a command and its being carried out leaves it carried out", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const pipeline = yield* started({
        begin: (_command, beginning) =>
          beginning.pipe(
            Effect.tap(() => Deferred.succeed(begun, undefined)),
            Effect.tap(() => Deferred.await(go))
          )
      })
      const calling = yield* Effect.forkChild(act(pipeline, "k1"))
      yield* Deferred.await(begun)
      const hangingUp = yield* Effect.forkChild(Fiber.interrupt(calling), { startImmediately: true })
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(hangingUp)
      assert.isTrue((yield* Fiber.await(calling))._tag === "Failure")
      const { find } = yield* CommandStore
      const kept = yield* Effect.repeat(find(ann.id, "k1"), { until: (one) => one?.state !== "sending", times: 1_000 })
      assert.strictEqual(kept?.state, "done")
      assert.deepInclude(yield* act(pipeline, "k1"), { answer: "did j1", replayed: true })
    }).pipe(Effect.scoped, Effect.provide(trailed))
  )
})
