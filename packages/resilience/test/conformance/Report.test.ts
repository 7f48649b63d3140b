import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { sections } from "./cases/all.ts"
import { examine } from "./script/report.ts"
import { resync } from "./script/resync.ts"
import { Lacks, type Subject } from "./script/Subject.ts"

/** Runs everything and guards nothing. */
const unguarded: Subject = {
  name: "unguarded",
  breaker: () =>
    Effect.succeed({
      start: () => Effect.succeed(true),
      end: () => Effect.void,
      pass: () => Effect.void,
      state: Effect.succeed("CLOSED")
    }),
  pattern: () => Effect.fail(new Lacks({ what: "patterns" }))
}

describe("report", () => {
  it.effect("this library passes every case, and none is left out", () =>
    Effect.gen(function* () {
      for (const section of sections) {
        const findings = yield* examine(resync, [section])
        assert.deepStrictEqual(
          findings.filter(({ verdict }) => verdict !== "passes"),
          []
        )
        assert.strictEqual(findings.length, section.cases.length)
      }
      assert.isAbove(sections.flatMap(({ cases }) => cases).length, 100)
    })
  )

  it.effect("what guards nothing fails, lacks what it says that it lacks, and differs where we chose", () =>
    Effect.gen(function* () {
      const verdicts = (yield* examine(unguarded, sections)).map(({ verdict }) => verdict)
      const count = (verdict: string) => verdicts.filter((one) => one === verdict).length
      assert.strictEqual(count("passes"), 0)
      assert.isAbove(count("fails"), 40)
      assert.isAbove(count("differs"), 5)
      assert.isAbove(count("lacks"), 30)
    })
  )
})
