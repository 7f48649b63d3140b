import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { parseErrorBody } from "../../src/wire/ErrorBody.ts"

describe("parseErrorBody", () => {
  it("reads the list of messages", () => {
    const body = parseErrorBody(
      JSON.stringify({ messages: ["AWSBIN076E The job has ended.", "See AWSBIO006E"], exceptionName: "PlanException" })
    )
    assert.deepStrictEqual(body.messages, ["AWSBIN076E The job has ended.", "See AWSBIO006E"])
    assert.deepStrictEqual(body.messageIds, ["AWSBIN076E", "AWSBIO006E"])
    assert.strictEqual(body.exceptionName, "PlanException")
  })

  it("reads a single message with its id apart", () => {
    const body = parseErrorBody(JSON.stringify({ messageId: "AWSJSY404E", message: "not supported" }))
    assert.deepStrictEqual(body.messages, ["AWSJSY404E not supported"])
    assert.deepStrictEqual(body.messageIds, ["AWSJSY404E"])
  })

  it("reads plain text and leaves markup alone", () => {
    assert.deepStrictEqual(parseErrorBody("OQL_FILTER_SYNTAX_ERROR at 5").messages, ["OQL_FILTER_SYNTAX_ERROR at 5"])
    assert.deepStrictEqual(parseErrorBody("<html><body>Bad gateway</body></html>").messages, [])
    assert.deepStrictEqual(parseErrorBody("").messages, [])
  })

  it("finds an id wherever it stands, once", () => {
    assert.deepStrictEqual(parseErrorBody('{"error":{"code":"AWSBIN091E"},"note":"AWSBIN091E"}').messageIds, [
      "AWSBIN091E"
    ])
  })

  it.effect.prop("never fails and never grows", [Schema.String, Schema.Json], ([text, json]) =>
    Effect.sync(() => {
      for (const body of [text, JSON.stringify(json), "x".repeat(100_000)]) {
        for (const message of parseErrorBody(body).messages) assert.isAtMost(message.length, 2001)
      }
    })
  )
})
