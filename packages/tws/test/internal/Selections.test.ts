import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result } from "effect"
import * as Selections from "../../src/internal/Selections.ts"
import * as Oql from "../../src/Oql.ts"
import * as Plan from "../../src/TwsTestPlan.ts"

const oql = (selection: {
  readonly conditions: ReadonlyArray<Oql.Condition>
  readonly orderBy: ReadonlyArray<Oql.OrderBy>
}) => Result.getOrThrow(Oql.render(Oql.and(...selection.conditions), selection.orderBy))

describe("Selections", () => {
  it("leave to the scheduler all that it can judge", () => {
    const jobs = Selections.jobs({ name: "A*", status: ["ERROR"], workstation: "/PROD/AGT", jobStream: "S" })
    assert.isUndefined(jobs.residual)
    const streams = Selections.jobStreams({ name: "A", workstation: "W*", sort: "scheduledAt" })
    assert.isUndefined(streams.residual)
    assert.strictEqual(oql(streams), "workstation LIKE '@/W@' AND name = 'A' ORDER BY schedTime ASC")
    assert.strictEqual(
      oql(Selections.resources({ name: "R*", workstation: "/W", sort: "name", direction: "desc" })),
      "name LIKE 'R@' AND workstation = '/W' ORDER BY name DESC"
    )
    assert.strictEqual(oql(Selections.prompts({ status: ["ASKED"] })), "status IN ['ASKED']")
    assert.strictEqual(oql(Selections.modelObjects({ folder: "/PROD*" })), "folder LIKE '/PROD@'")
    assert.strictEqual(oql(Selections.jobs({ status: [] })), "")
  })

  it("narrow again what the scheduler takes too widely", () => {
    const jobs = Selections.jobs({ name: "LOAD?", jobStream: "N?", workstation: "A?T" })
    assert.strictEqual(oql(jobs), "workstation LIKE '@/A@T' AND jobStreamName LIKE 'N@' AND name LIKE 'LOAD@'")
    const holds = (name: string, workstation = "/X/AGT") =>
      jobs.residual?.holds(Plan.job({ name, workstation, jobStreamName: "N1" }))
    assert.isTrue(holds("LOAD1"))
    assert.isFalse(holds("LOAD12"))
    assert.isFalse(holds("LOAD1", "/X/ABGT"))
    const resources = Selections.resources({ name: "R?", workstation: "W?" })
    assert.isTrue(resources.residual?.holds(Plan.resource({ name: "R1", workstation: "/W1" })))
    assert.isFalse(resources.residual?.holds(Plan.resource({ name: "R1" })))
    const objects = Selections.modelObjects({ name: "D?", folder: "/F?", workstation: "W?" })
    const object = { kind: "jobdefinition", name: "D1", folder: "/F1", workstation: "/W1", definition: {} } as const
    assert.isTrue(objects.residual?.holds(object))
    assert.isFalse(objects.residual?.holds({ ...object, folder: "/F12" }))
    const workstations = Selections.workstations({ name: "W?", linked: false })
    assert.isTrue(workstations.residual?.holds(Plan.workstation({ name: "W1", linked: false })))
    assert.isFalse(workstations.residual?.holds(Plan.workstation({ name: "W1" })))
  })

  it("take a period from its start up to but not including its end", () => {
    const at = (hour: number) => DateTime.makeUnsafe(Date.UTC(2026, 10, 24, hour))
    const { residual } = Selections.jobStreams({ from: at(1), to: at(3), name: "S?" })
    const holds = (hour: number) => residual?.holds(Plan.jobStream({ name: "S1", scheduledAt: at(hour) }))
    assert.deepStrictEqual([0, 1, 2, 3].map(holds), [false, true, true, false])
    assert.isFalse(residual?.holds(Plan.jobStream({ name: "S1" })))
  })
})
