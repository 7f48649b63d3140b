import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { stored } from "../src/internal/stored.ts"

describe("a store that is away", () => {
  const cause = new SqlError({ reason: new ConnectionError({ cause: new Error("ECONNREFUSED"), operation: "query" }) })

  /** What was logged, and how it ended. */
  const run = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ logLevel, message }) => void logged.push([logLevel, message]))
      const error = yield* Effect.flip(stored(effect)).pipe(Effect.provide(Logger.layer([logger])))
      return { error, logged }
    })

  it.effect("is told in the log with its cause, once", () =>
    Effect.gen(function* () {
      const { error, logged } = yield* run(stored(Effect.fail(cause)))
      assert.strictEqual(error._tag, "IdentityUnavailable")
      assert.deepStrictEqual(logged, [["Error", ["the store of users does not answer", cause]]])
    })
  )

  it.effect("is not what other failures are", () =>
    Effect.gen(function* () {
      const { error, logged } = yield* run(Effect.fail("other"))
      assert.strictEqual(error as unknown, "other")
      assert.deepStrictEqual(logged, [])
    })
  )
})
