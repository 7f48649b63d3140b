import { assert, describe, it } from "@effect/vitest"
import type { ResiliencePolicy } from "@resync/resilience/ResiliencePolicy"
import { Effect, Logger } from "effect"
import type * as Redis from "effect/persistence/Redis"
import { TestClock } from "effect/testing"
import * as ChangeLog from "../../src/internal/ChangeLog.ts"
import type { News } from "../../src/SharedCache.ts"

/** A Redis in which another process has changed one thing after the other. */
const changing = (...tags: ReadonlyArray<string>) => {
  const left = tags.map((tag, n) => [`${n + 1}-0`, ["node", "other", "names", JSON.stringify([`tag:${tag}`])]] as const)
  const send = (command: string) =>
    Effect.suspend(() => {
      if (command !== "XREAD") return Effect.succeed([])
      const next = left.shift()
      return next === undefined ? Effect.never : Effect.succeed([["changes", [next]]])
    })
  // Nothing else of it is asked for.
  return { reserve: Effect.succeed({ send }) } as unknown as Redis.Redis["Service"]
}

describe("the log of changes", () => {
  it.effect("is followed on after a defect, and says that changes may have been missed", () =>
    Effect.gen(function* () {
      const log = yield* ChangeLog.make({
        redis: changing("a", "b", "c"),
        policy: {} as ResiliencePolicy<{ readonly _tag: string }>,
        prefix: "resync:"
      })
      const heard: Array<string> = []
      yield* log.listen((news: News) => {
        heard.push(news._tag === "Changed" ? news.tags.join() : news._tag === "Touch" ? `${news.inTouch}` : news._tag)
        if (heard.at(-1) === "b") throw new Error("a mistake")
      })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(heard, ["false", "Missed", "true", "a", "b", "false", "Missed", "true", "c"])
      assert.isTrue(log.inTouch())
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([])))
  )
})
