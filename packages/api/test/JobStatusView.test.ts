import { assert, it } from "@effect/vitest"
import { ofJob } from "@resync/api/JobStatusView"
import { Schema } from "effect"
import * as JsonText from "../src/JsonText.ts"

it("a job's status has what the job has", () => {
  const bare = { id: "1", name: "A", late: false }
  const whole = { ...bare, jobStreamName: "S", workstation: "W", folder: "/", priority: 10 }
  assert.notProperty(ofJob(bare as never), "folder")
  assert.deepInclude(ofJob(whole as never) as object, whole)
})

it("unions without a tag of their own are written all the same", () => {
  const tagged = Schema.Struct({ a: Schema.Literal("x") })
  assert.strictEqual(JsonText.make(Schema.Union([tagged, Schema.String]))("text"), '"text"')
  assert.strictEqual(
    JsonText.make(Schema.Union([tagged, Schema.Struct({ b: Schema.String })]))({ b: "c" }),
    '{"b":"c"}'
  )
})
