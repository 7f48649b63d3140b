/**
 * Sends the whole service requests that its OpenAPI document does not foresee: wrong types, huge and deeply nested values,
 * odd Unicode, keys of prototypes, broken JSON and multipart, as an administrator, as nobody, and with credentials that do not
 * hold. Fails where one ends in a 5xx that is no problem of a system behind,
 * in an answer that is no problem detail or tells of the inside, in no answer at all, in the end of the service, or in memory
 * that keeps growing.
 *
 *     npm run fuzz -- [--requests 500] [--only /rag] [--seed 1] [--log file] [--json]
 *
 * `--requests 10000` is the full run.
 */
import { parseArgs } from "node:util"
import * as Campaign from "./Campaign.ts"
import { Exchange } from "./Exchange.ts"
import { Identity } from "./Identity.ts"
import * as OpenApi from "./OpenApi.ts"
import { Service } from "./Service.ts"

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "500" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "16" },
    log: { type: "string", default: "" },
    json: { type: "boolean", default: false }
  }
})

/** Problems that a system behind the service causes, which the simulated scheduler may well do. */
const problems = /:(upstream-[a-z-]+|command-fate-unknown|circuit-open|rate-limited|bulkhead-full|deadline-exceeded)$/

/** What asks the scheduler. All else is the service itself, with the knowledge and the store within it. */
const upstream = ({ path }: OpenApi.Operation) => (/\/(tws|approvals)\//.test(path) ? problems : /$^/)

/** The service may hold so much more after a collection than it did after the first requests. */
const growth = { factor: 1.5, bytes: 64 * 2 ** 20 }

const say = (line: string) => values.json || console.log(line)
const tell = ({ fault, operation, request }: Campaign.Finding) => say(`\n${operation}: ${fault}\n  ${request}`)
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`

/** What switches off or holds up what the others need comes last. */
const order = ({ method, path }: OpenApi.Operation) =>
  method === "GET" ? 0 : path.includes("/resilience/") ? 3 : path.includes("/approval") ? 2 : 1

const service = await Service.start(values.log)
const exchange = new Exchange(service.origin, Number(values.lanes))
const findings: Array<Campaign.Finding> = []
try {
  const sent = await exchange.send({ method: "GET", path: "/openapi.json", headers: {}, body: undefined })
  const document = JSON.parse(sent.body) as OpenApi.Document
  const operations = OpenApi.operations(document)
    .filter(({ path }) => path.includes(values.only))
    .toSorted((a, b) => order(a) - order(b))
  const campaign: Campaign.Campaign = {
    document,
    exchange,
    identity: await Identity.begin(exchange, service.oneTimePassword),
    requests: Number(values.requests),
    lanes: Number(values.lanes),
    seed: Number(values.seed),
    upstream,
    ended: () => service.ended
  }
  // Caches fill and code warms up before the first look at the memory.
  const warm = { ...campaign, requests: Math.ceil(campaign.requests / 10), seed: campaign.seed + 1 }
  for (const [index, operation] of operations.entries()) {
    if (order(operation) < 2) await Campaign.run(warm, operation, findings, index)
  }
  const before = service.ended === undefined ? await service.memory() : undefined
  const tallies: Array<Campaign.Tally> = []
  for (const [index, operation] of operations.entries()) {
    const known = findings.length
    const tally = await Campaign.run(campaign, operation, findings, index)
    tallies.push(tally)
    say(
      `${Object.entries(tally.statuses)
        .map(([status, count]) => `${status}×${count}`)
        .join("  ")}  ${tally.operation}`
    )
    // At once: a long run may be ended before its end.
    for (const finding of findings.slice(known, known + 5)) tell(finding)
  }
  const after = service.ended === undefined ? await service.memory() : undefined
  const grown =
    before !== undefined && after !== undefined && after.heapUsed > before.heapUsed * growth.factor + growth.bytes
  if (service.ended !== undefined) findings.push({ operation: "all", fault: service.ended, request: "" })
  if (grown) findings.push({ operation: "all", fault: "memory keeps growing", request: "" })
  if (values.json) console.log(JSON.stringify({ seed: campaign.seed, tallies, memory: { before, after }, findings }))
  for (const finding of findings.slice(0, 30)) tell(finding)
  const held =
    before && after ? `heap ${mebibytes(before.heapUsed)} → ${mebibytes(after.heapUsed)}` : "the service is gone"
  say(`\n${operations.length} operations, ${campaign.requests} requests each, ${held}, ${findings.length} findings`)
} finally {
  exchange.close()
  await service.stop()
}
process.exitCode = findings.length === 0 ? 0 : 1
