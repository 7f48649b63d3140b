import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as AccessProblems from "@resync/api/AccessProblems"
import * as Approvals from "@resync/api/Approvals"
import * as BulkCommands from "@resync/api/BulkCommands"
import * as Caches from "@resync/api/Caches"
import * as CommandProblems from "@resync/api/CommandProblems"
import * as Idempotency from "@resync/api/Idempotency"
import * as IdentityProblems from "@resync/api/IdentityProblems"
import * as Policies from "@resync/api/Policies"
import * as Problem from "@resync/api/Problem"
import * as RagProblems from "@resync/api/RagProblems"
import * as RequestProblems from "@resync/api/RequestProblems"
import * as Resilience from "@resync/api/Resilience"
import * as ServiceProblems from "@resync/api/ServiceProblems"
import * as TwsProblems from "@resync/api/TwsProblems"
import * as UpstreamProblems from "@resync/api/UpstreamProblems"
import { Schema } from "effect"

const modules = [
  AccessProblems,
  Approvals,
  BulkCommands,
  Caches,
  CommandProblems,
  Idempotency,
  IdentityProblems,
  Policies,
  RagProblems,
  RequestProblems,
  Resilience,
  ServiceProblems,
  TwsProblems,
  UpstreamProblems
]

/** Type and status of each kind of problem, as its JSON Schema says them. */
const kinds = modules
  .flatMap((module) => Object.values<unknown>({ ...module }))
  .flatMap((exported) => {
    if (!Schema.isSchema(exported) || typeof exported !== "function") return []
    const text = JSON.stringify(Schema.toJsonSchemaDocument(exported))
    const type = text.match(/"enum":\["(urn:[^"]+)"\]/)?.[1]
    const status = text.match(/"enum":\[(\d+)\]/)?.[1]
    return type === undefined ? [] : [{ type, status }]
  })

describe("problems", () => {
  it("have types of their own", () => {
    assert.isAbove(kinds.length, 20)
    assert.strictEqual(new Set(kinds.map(({ type }) => type)).size, kinds.length)
  })

  it("are described in the documentation, each in a section that begins with its status, and no others", () => {
    const text = readFileSync(new URL("../../../docs/problems.md", import.meta.url), "utf8")
    const described = Array.from(text.matchAll(/^### (\S+)\n\n(\d{3})\b/gm), ([, name, status]) => `${name} ${status}`)
    const declared = kinds.map(({ status, type }) => `${type.slice(Problem.prefix.length)} ${status}`)
    assert.deepStrictEqual(described.sort(), declared.sort())
  })

  it("are told from other failures", () => {
    assert.isTrue(Problem.isProblem(new RequestProblems.RouteNotFound({})))
    for (const other of [undefined, null, "x", new Error("x"), { type: "about:blank" }, { type: 7 }]) {
      assert.isFalse(Problem.isProblem(other))
    }
  })
})
