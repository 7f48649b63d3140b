import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SimulatorServer, type SimulatorServerOptions } from "../../src/SimulatorServer.ts"
import { at } from "../Json.ts"
import { ask } from "../RawClient.ts"

const base = "/twsd/api/v2"

/** A day with some orders in it, as a client sees it. */
const day = (options: SimulatorServerOptions) =>
  Effect.gen(function* () {
    const { control, url } = yield* SimulatorServer
    const seen: Array<string> = []
    for (let hour = 0; hour < 16; hour++) {
      yield* control.stepClock("1 hour")
      const jobs = yield* ask(`${url}${base}/plan/job`, { headers: { scope: "WHOLE" } })
      seen.push(jobs.body.replaceAll(url, ""))
      const id = String(at(jobs.json, "results", hour * 7, "id"))
      yield* ask(`${url}${base}/plan/job/${id}/action/hold`, { method: "PUT" })
      const run = String(at(jobs.json, "results", hour * 7 + 1, "jobruns", 0, "id"))
      yield* ask(`${url}${base}/plan/job/run/${run}/action/rerun`, { method: "PUT", body: {} })
      const log = yield* ask(`${url}${base}/plan/job/run/${run}/joblog`)
      seen.push(log.body)
    }
    return seen
  }).pipe(Effect.provide(SimulatorServer.layer({ jobs: 150, clock: "stepped", ...options })))

describe("a simulator", () => {
  it.live("answers the same to the same questions, over a whole day and into the next", () =>
    Effect.gen(function* () {
      const first = yield* day({ seed: 11 })
      assert.deepStrictEqual(yield* day({ seed: 11 }), first)
      assert.notDeepEqual(yield* day({ seed: 12 }), first)
      // A day that does not change would prove nothing.
      assert.isAbove(new Set(first).size, 16)
    })
  )
})
