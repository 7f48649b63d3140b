/**
 * A scheduler that costs next to nothing: the two read calls of the V2 REST API that the comparison drives, answered
 * from text made at the start. Jobs are as large as those of a distributed engine (about 1.6 kB each).
 */
import { createServer } from "node:http"

const jobs = 2000

const id = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`

const job = (n: number) => ({
  flowNodeType: "JOB",
  engineId: id(900_001),
  id: id(n),
  persistentId: id(n + 100_000),
  planId: id(900_002),
  folder: "/PROD",
  name: `LOADGL${n}`,
  workstation: "/FIN_AGT",
  workstationId: id(900_003),
  jobStreamId: id(900_010 + (n % 50)),
  jobStreamName: `FINNIGHT${n % 50}`,
  jobStreamWorkstation: "/FIN_AGT",
  key: `/FIN_AGT#/PROD/FINNIGHT${n % 50}.LOADGL${n}`,
  jobDefinitionFlags: { monitored: true, aliased: false },
  jobStatusFlags: { jobLate: false, deadlineHasPassed: false, untilGone: false },
  jobOptions: { critical: n % 10 === 0, noOperation: false, requiresConfirmation: false, every: false },
  lastRunCompositeStatus: {
    status: "ABEND",
    error: true,
    started: true,
    canceled: false,
    cancelPending: false,
    dontRun: false
  },
  lastRunCommonStatus: "ERROR",
  jobDefinition: { name: `LOADGL${n}`, userLogins: ["finbatch"], recoveryOption: "STOP", estimatedDuration: "PT12M" },
  priority: 10,
  origPriority: 10,
  jobruns: [
    {
      id: id(n + 200_000),
      jobId: id(n),
      jobNumber: 1_053_422 + n,
      compositeStatus: { status: "ABEND", error: true, started: true, canceled: false },
      commonStatus: "ERROR",
      returnCode: 8,
      rerunJob: false,
      rerunType: "REGULAR",
      lastInRerunChain: true,
      timeInfo: {
        estimatedDuration: "PT12M",
        actualStartTime: "2026-10-13T21:59:00Z",
        elapsedTime: "PT3M12S",
        actualEndTime: "2026-10-13T22:02:12Z"
      },
      actualWorkstation: "/FIN_AGT"
    }
  ],
  schedTime: "2026-10-13T21:30:00Z",
  timeZone: "Europe/Rome",
  timeRestrictions: { deadlineTime: "2026-10-14T02:00:00Z", lateAction: "continue" },
  dependenciesStats: { numberOfDependencies: 2, numberOfUnresolvedDependencies: 0 },
  actions: [{ key: "RERUN_JOB" }]
})

const plan = Array.from({ length: jobs }, (_, n) => job(n))
const templates = plan.slice(0, 100).map((job) => Buffer.from(JSON.stringify(job)))
const templateIds = templates.map((template, n) => [template.indexOf(id(n)), template.lastIndexOf(id(n))] as const)

/** A job for any id, so that no two requests need to ask for the same one. */
const single = (jobId: string): Buffer | undefined => {
  const n = Number.parseInt(jobId.slice(-4), 16) % templates.length
  const template = templates[n]
  const places = templateIds[n]
  if (jobId.length !== 36 || template === undefined || places === undefined) return undefined
  const body = Buffer.from(template)
  for (const place of places) body.write(jobId, place, "latin1")
  return body
}

const pages = new Map<string, Buffer>()
const page = (limit: string) => {
  const known = pages.get(limit)
  if (known !== undefined) return known
  const made = Buffer.from(JSON.stringify({ count: jobs, results: plan.slice(0, Number(limit)) }))
  pages.set(limit, made)
  return made
}

const prefix = "/twsd/api/v2/plan/job"

createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const url = request.url ?? ""
  let body: Buffer | undefined
  if (url.startsWith(`${prefix}/`)) body = single(url.slice(prefix.length + 1).split("?", 1)[0] ?? "")
  else if (url.startsWith(`${prefix}?`))
    body = page(new URLSearchParams(url.slice(prefix.length + 1)).get("limit") ?? "50")
  response.writeHead(body === undefined ? 404 : 200, {
    "content-type": "application/json",
    "content-length": body?.length ?? 0
  })
  response.end(body)
}).listen(Number(process.env["PORT"]), "127.0.0.1")
