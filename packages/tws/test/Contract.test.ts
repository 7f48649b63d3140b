import { assert, describe, it } from "@effect/vitest"
import contract from "@resync/tws-simulator/contract.json" with { type: "json" }
import Ajv from "ajv/dist/2020.js"
import addFormats from "ajv-formats"
import { DateTime, Effect, Predicate, Schema, Stream } from "effect"
import { JobId, JobStreamId, ModelObjectId, PromptId, ResourceId, WorkstationId } from "../src/model/Ids.ts"
import { Tws } from "../src/Tws.ts"
import * as Stub from "./StubScheduler.ts"

const Parameter = Schema.Struct({
  name: Schema.String,
  in: Schema.String,
  required: Schema.optional(Schema.Boolean),
  schema: Schema.Record(Schema.String, Schema.Unknown)
})
const Operation = Schema.Struct({
  parameters: Schema.optional(Schema.Array(Parameter)),
  requestBody: Schema.optional(
    Schema.Struct({
      required: Schema.optional(Schema.Boolean),
      content: Schema.Record(Schema.String, Schema.Struct({ schema: Schema.Record(Schema.String, Schema.Unknown) }))
    })
  )
})
const paths = Schema.decodeUnknownSync(Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown)))(
  contract.paths
)
const operationOf = Schema.decodeUnknownSync(Operation)

const ajv = new Ajv.default({ strict: false, validateFormats: true, coerceTypes: false })
addFormats.default(ajv, ["date-time", "date", "duration"])
for (const format of ["int32", "int64", "binary"]) ajv.addFormat(format, true)

/**
 * The description without two slips of its generator: integers bounded by zero on both sides, and read-only fields that a
 * request would have to hold (OpenAPI requires those of answers alone).
 */
const cleaned = (_: string, value: unknown): unknown => {
  if (!Predicate.isObject(value)) return value
  const schema: Record<string, unknown> = { ...value }
  if (schema["maximum"] === 0 && schema["type"] === "integer") {
    delete schema["maximum"]
    delete schema["minimum"]
  }
  const properties = Schema.decodeUnknownOption(
    Schema.Record(Schema.String, Schema.Struct({ readOnly: Schema.optional(Schema.Boolean) }))
  )(schema["properties"])
  if (Array.isArray(schema["required"]) && properties._tag === "Some") {
    schema["required"] = schema["required"].filter((name) => properties.value[name]?.readOnly !== true)
  }
  return schema
}
ajv.addSchema({ ...JSON.parse(JSON.stringify(contract), cleaned), $id: "contract" })

/** A schema of the contract, with its references made absolute. */
const validator = (schema: Readonly<Record<string, unknown>>) =>
  ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"contract#/'), cleaned))

const templateOf = (path: string): string | undefined => {
  const parts = path.split("/")
  const fits = Object.keys(paths).filter((template) => {
    const own = template.split("/")
    return own.length === parts.length && own.every((part, i) => part.startsWith("{") || part === parts[i])
  })
  return fits.toSorted((a, b) => a.split("{").length - b.split("{").length)[0]
}

/** Headers that every client sends and no description of an API lists. */
const ordinary = new Set([
  "accept",
  "authorization",
  "content-type",
  "content-length",
  "traceparent",
  "b3",
  "tracestate"
])

/** What is wrong with a request by the vendor's description, in words. */
const faultsOf = (seen: Stub.Seen): ReadonlyArray<string> => {
  const template = templateOf(seen.path)
  const raw = template === undefined ? undefined : paths[template]?.[seen.method.toLowerCase()]
  if (raw === undefined) return ["no such operation"]
  const { parameters = [], requestBody } = operationOf(raw)
  const faults: Array<string> = []
  for (const [name, value] of Object.entries(seen.query)) {
    const parameter = parameters.find((known) => known.in === "query" && known.name === name)
    if (parameter === undefined) faults.push(`query ${name} is unknown`)
    else {
      const given = parameter.schema["type"] === "integer" ? Number(value) : value
      if (!validator(parameter.schema)(given)) faults.push(`query ${name}=${value}`)
    }
  }
  for (const { name, required, in: place } of parameters) {
    if (place === "query" && required === true && seen.query[name] === undefined)
      faults.push(`query ${name} is missing`)
  }
  for (const [name, value] of Object.entries(seen.headers)) {
    if (ordinary.has(name)) continue
    const parameter = parameters.find((known) => known.in === "header" && known.name.toLowerCase() === name)
    if (parameter === undefined) faults.push(`header ${name} is unknown`)
    else if (!validator(parameter.schema)(value)) faults.push(`header ${name}=${value}`)
  }
  const schema = requestBody?.content["application/json"]?.schema
  if (seen.body !== undefined && schema === undefined) faults.push("a body is not expected")
  if (seen.body === undefined && requestBody?.required === true) faults.push("the body is missing")
  if (seen.body !== undefined && schema !== undefined) {
    const validate = validator(schema)
    if (!validate(seen.body)) faults.push(ajv.errorsText(validate.errors))
  }
  return faults
}

const job = JobId.make(Stub.uuid(1))
const stream = JobStreamId.make(Stub.uuid(2))
const workstation = WorkstationId.make(Stub.uuid(3))
const definition = ModelObjectId.make(Stub.uuid(4))
const at = DateTime.makeUnsafe("2026-11-24T00:00:00Z")
const justification = { reason: "it must be", ticket: "CHG-1", category: "change" }

/** Answers anything in a way that lets every operation come to its end. */
const agreeable = Stub.make(({ path, method }) => {
  if (method !== "GET")
    return Stub.json({
      id: Stub.uuid(1),
      results: [{ id: Stub.uuid(2) }],
      successfulResourceResponses: [{ id: Stub.uuid(3) }]
    })
  if (path.endsWith("/joblog")) return { status: 200, body: "log" }
  if (/\/(plan|model)\/[a-z]+\/[0-9a-f-]{36}$/.test(path)) {
    return Stub.json({
      ...Stub.wireJob(1, { jobruns: [{ id: Stub.uuid(9) }], workstationId: workstation }),
      def: { name: "A" }
    })
  }
  return Stub.json({ count: 0, results: [], issues: [], paths: {}, groupedCount: {} })
})

const everything = Effect.gen(function* () {
  const tws = yield* Tws
  yield* Effect.all([tws.ping, tws.engine, tws.plan, tws.summary])
  yield* tws.jobs({
    status: ["ERROR"],
    workstation: "/A*",
    jobStream: "B*",
    jobStreamId: stream,
    name: "C?",
    critical: true,
    from: at,
    to: at,
    sort: "scheduledAt",
    direction: "desc",
    dependencies: true,
    limit: 1000
  })
  yield* Stream.runDrain(tws.allJobs())
  yield* Effect.all([tws.job(job), tws.jobHistory(job), tws.predecessors(job), tws.successors(job, { depth: 3 })])
  yield* Effect.scoped(tws.jobLog(job, { fromLine: 1, toLine: 5, contentOnly: true }))
  yield* tws.waiting(job)
  yield* tws.jobStreams({ status: ["WAITING"], sort: "status" })
  yield* Stream.runDrain(tws.allJobStreams())
  yield* tws.jobStream(stream)
  yield* tws.workstations({ name: "A*", linked: true, sort: "type" })
  yield* tws.workstation(workstation)
  yield* tws.resources({ name: "R", workstation: "A" })
  yield* tws.resource(ResourceId.make(Stub.uuid(5)))
  for (const kind of ["calendar", "jobdefinition", "jobstream", "workstation", "folder"] as const) {
    yield* tws.model(kind, { name: "A*", folder: "/" })
    yield* tws.modelObject(kind, definition)
  }
  for (const options of [{}, { justification }]) {
    for (const _tag of ["Kill", "Hold", "Release", "ReleaseDependencies", "ConfirmSuccess", "ConfirmAbend"] as const) {
      yield* tws.actOnJob(job, { _tag }, options)
      yield* tws.actOnJobs({ name: "A" }, { _tag }, { ...options, expected: 2 })
    }
    for (const pending of [true, false]) {
      yield* tws.actOnJob(job, { _tag: "Cancel", pending }, options)
      yield* tws.actOnJobStream(stream, { _tag: "Cancel", pending }, options)
    }
    yield* tws.actOnJob(job, { _tag: "SetPriority", priority: 99 }, options)
    yield* tws.actOnJobs({ name: "A" }, { _tag: "SetPriority", priority: 99 }, { ...options, expected: 2 })
    for (const successors of [
      { _tag: "Depth", depth: 2 },
      { _tag: "Jobs", ids: [job] }
    ] as const) {
      const rerun = {
        _tag: "Rerun",
        priority: 10,
        startAt: at,
        step: "S",
        login: "u",
        variables: { A: "1" },
        definition: "/W#/A",
        sameWorkstation: true,
        successors
      } as const
      yield* tws.actOnJob(job, rerun, options)
      yield* tws.actOnJobs({ name: "A" }, rerun, { ...options, expected: 1 })
    }
    for (const _tag of ["Hold", "Release", "ReleaseDependencies"] as const) {
      yield* tws.actOnJobStream(stream, { _tag }, options)
    }
    yield* tws.actOnJobStream(stream, { _tag: "SetPriority", priority: 1 }, options)
    yield* tws.actOnJobStream(stream, { _tag: "SetLimit", limit: 1 }, options)
    for (const _tag of ["Link", "Unlink", "Start", "Stop"] as const) {
      yield* tws.actOnWorkstation(workstation, { _tag }, options)
    }
    yield* tws.actOnWorkstation(workstation, { _tag: "SetLimit", limit: 1 }, options)
    yield* tws.actOnWorkstation(workstation, { _tag: "SetFence", fence: 1 }, options)
    const common = {
      alias: "X1",
      priority: 5,
      scheduledAt: at,
      earliestStart: at,
      deadline: at,
      variables: { A: "1" },
      variableTable: "T"
    }
    yield* tws.submitJobStream(definition, { ...common, limit: 2, carryForward: true }, options)
    const placed = { workstation: "/A", critical: true, requiresConfirmation: true }
    yield* tws.submitJob(definition, { ...common, ...placed, jobStreamId: stream }, options)
    for (const task of [
      { _tag: "Unix", text: "ls", login: "u" },
      { _tag: "Windows", text: "dir", script: true },
      { _tag: "Jsdl", document: "<jsdl/>" }
    ] as const) {
      yield* tws.submitAdHocJob({ ...common, ...placed, task }, options)
    }
  }
  yield* tws.replyToPrompt(PromptId.make(Stub.uuid(6)), true)
})

describe("the vendor's description of the API", () => {
  it.effect(
    "allows every request this client can make",
    () =>
      Effect.gen(function* () {
        const stub = yield* agreeable
        yield* everything.pipe(Effect.provide(Stub.twsOver(stub)))
        const requests = (yield* stub.requests).filter(({ path }) => path.startsWith("/twsd/api/v2/"))
        assert.isAbove(requests.length, 80)
        const faults = requests.flatMap((seen) =>
          faultsOf(seen).map((fault) => `${seen.method} ${seen.path}: ${fault}`)
        )
        assert.deepStrictEqual([...new Set(faults)], [])
      }),
    // Every schema of the description is compiled on the way.
    120_000
  )

  it("is a judge that says no", () => {
    const request = { method: "PUT", host: "mdm", query: {}, headers: {}, body: undefined }
    const path = `/twsd/api/v2/plan/job/run/${Stub.uuid(1)}/action/rerun`
    assert.deepStrictEqual(faultsOf({ ...request, path: "/twsd/api/v2/plan/nothing" }), ["no such operation"])
    assert.isNotEmpty(faultsOf({ ...request, path, query: { depth: "1" } }))
    assert.isNotEmpty(faultsOf({ ...request, path, headers: { "x-api-key": "1" } }))
    assert.isNotEmpty(faultsOf({ ...request, path, body: { priority: "high" } }))
  })
})
