/**
 * The conformance cases of `packages/resilience`, put to this library and to others: who passes, who does something else, and
 * who has nothing for it. Each is used as its documentation says, on a clock that only moves when told to.
 *
 * `npm run conformance [-- --json] [--failures] [--only opossum]`
 */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { sections } from "../../../packages/resilience/test/conformance/cases/all.ts"
import { examine, type Finding, type Verdict } from "../../../packages/resilience/test/conformance/script/report.ts"
import { resync } from "../../../packages/resilience/test/conformance/script/resync.ts"
import { cockatiel } from "./cockatiel.ts"
import { builtIn } from "./effect.ts"
import { opossum } from "./opossum.ts"
import * as Render from "./Render.ts"

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    failures: { type: "boolean", default: false },
    only: { type: "string", default: "" }
  }
})

const subjects = [resync, cockatiel, opossum, builtIn].filter(({ name }) => name.includes(values.only))

const findings: Array<Finding> = []
for (const subject of subjects) findings.push(...(await Effect.runPromise(examine(subject, sections))))

const verdicts: ReadonlyArray<Verdict> = ["passes", "fails", "differs", "lacks"]
const counts = Object.fromEntries(
  subjects.map(({ name }) => [
    name,
    Object.fromEntries(
      verdicts.map((verdict) => [
        verdict,
        findings.filter((finding) => finding.subject === name && finding.verdict === verdict).length
      ])
    )
  ])
)

if (values.json) console.log(JSON.stringify({ counts, findings }))
else {
  const names = subjects.map(({ name }) => name)
  console.log(Render.table(findings, names))
  if (values.failures) console.log(Render.details(findings, names))
  else console.log("\n`npm run conformance -- --failures` says what each did instead.")
}

process.exit(findings.some(({ subject, verdict }) => subject === resync.name && verdict !== "passes") ? 1 : 0)
