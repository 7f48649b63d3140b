import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Schema } from "effect"
import { Job } from "../../src/model/Job.ts"
import { JobInPlan, toJob } from "../../src/wire/JobInPlan.ts"
import { uuid, wireJob } from "../StubScheduler.ts"

const decode = Schema.decodeUnknownEffect(JobInPlan)

const optional = [
  "persistentId",
  "key",
  "folder",
  "workstation",
  "workstationId",
  "jobStreamId",
  "lastRunCompositeStatus",
  "lastRunCommonStatus",
  "jobDefinitionFlags",
  "jobStatusFlags",
  "jobOptions",
  "jobDefinition",
  "priority",
  "jobruns",
  "schedTime",
  "timeRestrictions",
  "repeatInterval",
  "dependencies",
  "dependenciesStats",
  "actions"
] as const

describe("JobInPlan", () => {
  it.effect("reads a job in full", () =>
    Effect.gen(function* () {
      const job = toJob(
        yield* decode(
          wireJob(1, {
            key: "/AGT#/PROD/NIGHT.JOB1",
            lastRunCommonStatus: "ERROR",
            lastRunCompositeStatus: { status: "ABEND", error: true, started: true },
            jobOptions: { critical: true },
            jobDefinition: { name: "JOB1", userLogins: ["batch"], recoveryOption: "STOP", estimatedDuration: "PT12M" },
            jobruns: [
              {
                id: uuid(2),
                jobNumber: 1053422,
                compositeStatus: { status: "ABEND" },
                returnCode: 8,
                rerunType: "REGULAR",
                lastInRerunChain: true,
                timeInfo: { actualStartTime: "2026-11-23T01:00:00Z", elapsedTime: "PT3M12S" }
              }
            ],
            schedTime: "2026-11-23T00:30:00Z",
            dependencies: [
              { dependencyType: "INTERNAL", dependencyStatus: "SATISFIED", jobId: uuid(3), jobName: "EXTRACT" },
              { dependencyType: "FROM_THE_FUTURE", id: "x" }
            ],
            actions: [{ key: "RERUN_JOB" }]
          })
        )
      )
      assert.strictEqual(job.commonStatus, "ERROR")
      assert.strictEqual(job.status.internal, "ABEND")
      assert.isTrue(job.critical)
      assert.strictEqual(job.runs[0]?.commonStatus, "ERROR")
      assert.strictEqual(job.runs[0]?.returnCode, 8)
      assert.deepStrictEqual(job.time.elapsed, Duration.seconds(192))
      assert.deepStrictEqual(job.time.startedAt, DateTime.makeUnsafe("2026-11-23T01:00:00Z"))
      assert.deepStrictEqual(
        job.dependencies?.map(({ _tag }) => _tag),
        ["Job", "Other"]
      )
      assert.deepStrictEqual(job.actions, ["RERUN_JOB"])
    })
  )

  it.effect.prop(
    "bears missing fields, nulls, unknown fields and unknown words",
    [
      Schema.Array(Schema.Literals(optional)),
      Schema.Array(Schema.Literals(optional)),
      Schema.Record(Schema.String.check(Schema.isPattern(/^x[a-z]{1,5}$/)), Schema.Json),
      Schema.String
    ],
    ([missing, nulls, unknown, word]) =>
      Effect.gen(function* () {
        const wire: Record<string, unknown> = {
          ...unknown,
          ...wireJob(1, {
            lastRunCommonStatus: word,
            lastRunCompositeStatus: { status: word, substatus: word },
            jobDefinition: { recoveryOption: word },
            timeRestrictions: { lateAction: word }
          })
        }
        for (const key of missing) delete wire[key]
        for (const key of nulls) wire[key] = null
        const job = toJob(yield* decode(wire))
        assert.strictEqual(job.name, "JOB1")
        // What was understood can be passed on: the model's own codec takes it.
        const codec = Schema.toCodecJson(Job)
        const encoded = yield* Schema.encodeEffect(codec)(job)
        assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(codec)(JSON.parse(JSON.stringify(encoded))), job)
      })
  )

  it.effect("takes an odd date, duration or foreign id for none at all", () =>
    Effect.gen(function* () {
      const job = toJob(
        yield* decode(
          wireJob(1, { schedTime: "", workstationId: "AGT", repeatInterval: "12 minutes", criticalStart: "tomorrow" })
        )
      )
      assert.deepStrictEqual(
        [job.scheduledAt, job.workstationId, job.repeatInterval, job.criticalStart],
        [undefined, undefined, undefined, undefined]
      )
    })
  )

  it.effect("does not make up a job without id or name", () =>
    Effect.gen(function* () {
      for (const wire of [{ name: "A" }, { id: uuid(1) }, { id: "A;B;C", name: "A" }]) {
        const error = yield* Effect.flip(decode(wire))
        assert.strictEqual(error._tag, "SchemaError")
      }
    })
  )
})
