import { assert, describe, it } from "@effect/vitest"
import { CommandId } from "@resync/api/CommandId"
import { Effect, Ref } from "effect"
import { CommandStore } from "../src/commands/pipeline/CommandStore.ts"
import { act, started, trailed } from "./TestPipeline.ts"

describe("an Idempotency-Key that is given free", () => {
  it.effect("while another command with it begins lets that one be carried out", () =>
    Effect.gen(function* () {
      const commands = yield* CommandStore
      const raced = yield* Ref.make(false)
      const pipeline = yield* started({
        begin: (command, beginning) =>
          Effect.gen(function* () {
            if (yield* Ref.getAndSet(raced, true)) return yield* beginning
            // Another one came first, and failed between the two looks of this one.
            const other = { ...command, id: CommandId.make("01a22a8b-fc25-7756-a4b4-c359ede44369") }
            assert.isTrue(yield* commands.begin(other))
            assert.isFalse(yield* beginning)
            yield* commands.move(other.id, "fail", { releaseKey: true })
            return false
          })
      })
      assert.deepInclude(yield* act(pipeline, "k1"), { answer: "did j1", replayed: false })
      assert.deepInclude(yield* act(pipeline, "k1"), { answer: "did j1", replayed: true })
    }).pipe(Effect.scoped, Effect.provide(trailed))
  )
})
