import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref } from "effect"
import * as Chaos from "../src/Chaos.ts"

describe("Chaos", () => {
  it.effect("behavior runs before the call", () =>
    Effect.gen(function* () {
      const order = yield* Ref.make<ReadonlyArray<string>>([])
      const note = (what: string) => Ref.update(order, (all) => [...all, what])
      yield* Chaos.behavior({ rate: 1, effect: note("cut") })(note("call"))
      assert.deepStrictEqual(yield* Ref.get(order), ["cut", "call"])
    })
  )
})
