import { assert, it } from "@effect/vitest"
import { parseMetrics } from "../src/queries/parseMetrics.ts"

it("reads the figures of Prometheus's text format, and nothing of what is none", () => {
  const text = [
    "# HELP jobs Jobs",
    "# TYPE jobs gauge",
    "",
    "jobs 12",
    'jobs{state="ABEND",node="a\\"b\\\\c\\nd"} 3 1700000000000',
    'rate{le="+Inf"} +Inf',
    "broken",
    "broken{ 1",
    "temperature -1.5e1"
  ].join("\n")
  assert.deepStrictEqual(parseMetrics(text), [
    { name: "jobs", labels: {}, value: 12 },
    { name: "jobs", labels: { state: "ABEND", node: 'a"b\\c\nd' }, value: 3 },
    { name: "temperature", labels: {}, value: -15 }
  ])
})
