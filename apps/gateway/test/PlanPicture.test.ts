import { assert, describe, it } from "@effect/vitest"
import { Job } from "@resync/tws/model/Job"
import { Workstation } from "@resync/tws/model/Workstation"
import { DateTime, Schema } from "effect"
import * as PlanPicture from "../src/events/PlanPicture.ts"

const at = DateTime.makeUnsafe("2026-03-04T10:00:00Z")
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`

const job = (n: number, commonStatus: string) =>
  Schema.decodeUnknownSync(Schema.toCodecJson(Job))({
    id: uuid(n),
    name: `JOB${n}`,
    commonStatus,
    status: { error: false, started: false, canceled: false, cancelPending: false, dontRun: false },
    critical: false,
    monitored: false,
    noOperation: false,
    requiresConfirmation: false,
    late: false,
    deadlinePassed: false,
    time: {},
    restrictions: {},
    runs: [],
    actions: []
  })

const workstation = (n: number, linked: boolean) =>
  Schema.decodeUnknownSync(Schema.toCodecJson(Workstation))({
    id: uuid(n),
    name: `WS${n}`,
    linked,
    running: true,
    states: [],
    flags: [],
    ignored: false
  })

const reading = (parts: Partial<PlanPicture.PlanReading>): PlanPicture.PlanReading => ({
  plan: "1",
  jobs: [],
  jobStreams: [],
  workstations: [],
  ...parts
})

const changes = (before: Partial<PlanPicture.PlanReading>, after: Partial<PlanPicture.PlanReading>) =>
  PlanPicture.changes(PlanPicture.picture(reading(before)), reading(after), at)

describe("changes between two readings of the plan", () => {
  it("are none when nothing changed", () => {
    const same = { jobs: [job(1, "RUNNING")], workstations: [workstation(1, true)] }
    assert.deepStrictEqual(changes(same, same), [])
  })

  it("tell a job's old and new status", () => {
    assert.deepStrictEqual(
      changes({ jobs: [job(1, "RUNNING"), job(2, "READY")] }, { jobs: [job(1, "ERROR"), job(2, "READY")] }),
      [{ _tag: "JobChanged", at, id: job(1, "ERROR").id, name: "JOB1", from: "RUNNING", to: "ERROR" }]
    )
  })

  it("tell where the object lies, as far as the plan says", () => {
    const placed = { ...job(1, "READY"), workstation: "/AGENT1", folder: "/PROD/" }
    const [event] = changes({}, { jobs: [placed] })
    assert.deepInclude(event, { workstation: "/AGENT1", folder: "/PROD/" })
  })

  it("tell a job that was submitted", () => {
    assert.deepStrictEqual(changes({}, { jobs: [job(1, "READY")] }), [
      { _tag: "JobChanged", at, id: job(1, "READY").id, name: "JOB1", to: "READY" }
    ])
  })

  it("tell nothing of an object that one reading does not show", () => {
    assert.deepStrictEqual(changes({ jobs: [job(1, "READY")] }, {}), [])
  })

  it("tell a workstation that came unlinked", () => {
    assert.deepStrictEqual(
      changes({ workstations: [workstation(1, true)] }, { workstations: [workstation(1, false)] }),
      [
        {
          _tag: "WorkstationChanged",
          at,
          id: workstation(1, false).id,
          name: "WS1",
          workstation: "/WS1",
          linked: false,
          running: true
        }
      ]
    )
  })

  it("are a single reset when there is a new plan", () => {
    assert.deepStrictEqual(changes({ jobs: [job(1, "READY")] }, { plan: "2", jobs: [job(3, "READY")] }), [
      { _tag: "Reset", at, reason: "newPlan" }
    ])
  })
})
