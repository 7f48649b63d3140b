/**
 * What resilience costs: our parts beside cockatiel, opossum and Effect's own breaker, in one run and by turns.
 *
 * Every subject is called the same way, one call after the other. Effect subjects run in a loop of one running fibre, and the
 * guarded effect is built anew for each call; promise subjects are awaited in a loop of one async function. The breakers are
 * as users get them, metrics included. The policies have the same parts in the same order and guard the same async function.
 *
 * `npm run bench -- resilience [--rounds 25] [--ms 40] [--json]`
 */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { median } from "../gateway/Compare.ts"
import * as Memory from "./Memory.ts"
import * as Peers from "./Peers.ts"
import { measure, ratio as ratioOf, type Subject } from "./Rounds.ts"
import * as Subjects from "./Subjects.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "25" },
    ms: { type: "string", default: "40" },
    breakers: { type: "string", default: "100000" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false }
  }
})

const say = (text: string) => {
  if (!values.json) console.log(text)
}

/** Those of different libraries that do the same, one after the other: what disturbs one then disturbs the other too. */
const besideEachOther = (subjects: ReadonlyArray<Subject>): ReadonlyArray<Subject> =>
  [...Map.groupBy(subjects, ({ name }) => name.slice(name.indexOf(",") + 1)).values()].flat()

const peers = await Peers.make()
const nanos = await Effect.runPromise(
  Effect.scoped(
    Effect.flatMap(Subjects.make, (ours) =>
      Effect.promise(() =>
        measure(besideEachOther([...ours, ...peers.subjects].filter(({ name }) => name.includes(values.only))), {
          rounds: Number(values.rounds),
          milliseconds: Number(values.ms)
        })
      )
    )
  )
)
peers.close()

say(`nanoseconds per call, median of ${values.rounds} rounds of ${values.ms} ms by turns\n`)
for (const [name, each] of nanos) say(`${median(each).toFixed(0).padStart(8)}  ${name}`)

const ratio = (ours: string, other: string) => ratioOf(nanos, ours, other)

/** Our time divided by the other's. */
const ratios = {
  closedVsFloor: ratio("ours, count 100", "floor"),
  closedVsEffect: ratio("ours, count 100", "effect, count 100"),
  rejectionVsCockatiel: ratio("ours, rejection", "cockatiel, rejection"),
  rejectionVsOpossum: ratio("ours, rejection", "opossum, rejection"),
  policyVsCockatiel: ratio("ours, policy", "cockatiel, policy"),
  consecutiveVsFloor: ratio("ours, consecutive", "floor"),
  timeWindowVsFloor: ratio("ours, time 10 s", "floor"),
  consecutiveVsEffect: ratio("ours, consecutive", "effect, consecutive"),
  rejectionVsEffect: ratio("ours, rejection", "effect, rejection"),
  closedVsCockatiel: ratio("ours, count 100", "cockatiel, count 100"),
  closedVsOpossum: ratio("ours, time 10 s", "opossum, time 10 s"),
  largeWindowVsSmall: ratio("ours, failing call, window of 100000", "ours, failing call, window of 100"),
  policyVsCockatielAggressive: ratio("ours, policy", "cockatiel, policy, aggressive timeout")
}

say("\nour time divided by the other's")
for (const [name, value] of Object.entries(ratios)) say(`${value.toFixed(3).padStart(8)}  ${name}`)

const memory = await Effect.runPromise(
  Effect.all({ registered: Memory.registered(Number(values.breakers)), alone: Memory.alone(10_000) })
)
say("\nbreakers with a window of 100 calls, each used once")
for (const [kind, { bytesPerBreaker, count, fibers, microsPerBreaker, timers }] of Object.entries(memory)) {
  say(
    `${bytesPerBreaker.toFixed(0).padStart(8)}  bytes each of ${count} ${kind}, made in ${microsPerBreaker.toFixed(1)} us each, ` +
      `${timers} timers, ${fibers} fibres`
  )
}

if (values.json) {
  console.log(
    JSON.stringify({
      ratios,
      bytesPerBreaker: memory.registered.bytesPerBreaker,
      memory,
      nanos: Object.fromEntries([...nanos].map(([name, each]) => [name, median(each)])),
      rounds: Number(values.rounds)
    })
  )
}
