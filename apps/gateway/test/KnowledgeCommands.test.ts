import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import { DocumentNotFound, RagUnavailable } from "@resync/rag/RagError"
import { RagTest } from "@resync/rag/RagTest"
import { Store } from "@resync/store/Store"
import { Context, Effect, Layer } from "effect"
import { HttpBody, HttpClientRequest, type HttpMethod } from "effect/http"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { inFront, scheduler, send } from "./TestGateway.ts"
import * as TestOperators from "./TestOperators.ts"

const users = TestOperators.layer(
  TestOperators.operator("ann"),
  TestOperators.operator("bob"),
  TestOperators.operator("root", "admin"),
  TestOperators.operator("vic", "viewer"),
  TestOperators.operator("nan", "operator", [{ workstation: "AGENT1" }])
)
const gateway = inFront(scheduler({}), RagTest.layer({ ingest: "by hand" }), {}, users)

const type = (name: string) => `urn:problem-type:resync:${name}`
const headersOf = (user: string, key?: string) => ({
  "x-test-user": user,
  ...(key === undefined ? {} : { "idempotency-key": key })
})
const call = (method: HttpMethod.HttpMethod, path: string, user = "root", key?: string) =>
  send(HttpClientRequest.make(method)(`/api/v1${path}`, { headers: headersOf(user, key) }))

const upload = (
  text: string,
  { key, replaces, user = "ann" }: { key?: string; user?: string; replaces?: string } = {}
) => {
  const data = new FormData()
  data.append("file", new Blob([text]), "a.txt")
  if (replaces !== undefined) data.append("replaces", replaces)
  return send(
    HttpClientRequest.post("/api/v1/rag/documents", { body: HttpBody.formData(data), headers: headersOf(user, key) })
  )
}

const trailOf = (commandId: string) =>
  Effect.map(call("GET", `/audit?commandId=${commandId}`), ({ body }) => body.items.reverse())
const idOf = ({ headers }: { readonly headers: Readonly<Record<string, string | undefined>> }) =>
  (headers["location"] ?? "").replace("/api/v1/commands/", "")
const callsOf = (operation: string) =>
  Effect.flatMap(RagTest, ({ calls }) =>
    Effect.map(calls, (all) => all.filter((one) => one.operation === operation).length)
  )
const settled = Effect.fnUntraced(function* (id: string, state: string) {
  for (let n = 0; n < 100; n++) {
    const { body } = yield* call("GET", `/commands/${id}`)
    if (body.state === state) return body
    yield* TestClock.adjust("2 seconds")
  }
  return (yield* call("GET", `/commands/${id}`)).body
})

const lost = (operation: string) =>
  new RagUnavailable({ operation, reason: "timeout", detail: "no answer within 20 seconds" })

describe("an upload", () => {
  it.effect(
    "is a command: who, which files, and what came of it are in the audit trail, and nothing of their content",
    () =>
      Effect.gen(function* () {
        const answer = yield* upload("the quick brown fox")
        assert.strictEqual(answer.status, 202)
        const [intent, outcome, ...more] = yield* trailOf(idOf(answer))
        assert.lengthOf(more, 0)
        assert.deepInclude(intent, { action: "knowledge.document.upload", phase: "intent" })
        assert.strictEqual(intent.actor.name, "ann")
        assert.deepStrictEqual(intent.detail.request, {
          files: [
            { fileName: "a.txt", bytes: 19, sha256: createHash("sha256").update("the quick brown fox").digest("hex") }
          ],
          metadata: {}
        })
        assert.deepInclude(outcome, { phase: "outcome", outcome: "done", after: answer.body })
        const again = yield* upload("something else", { replaces: answer.body.documentId })
        const [second] = yield* trailOf(idOf(again))
        assert.deepInclude(second.target, { kind: "document", id: answer.body.documentId })
        assert.deepInclude(second.before, { fileName: "a.txt", revision: 1 })
      }).pipe(Effect.provide(gateway))
  )

  it.effect("with a key is handed over once; the key is its caller's", () =>
    Effect.gen(function* () {
      const first = yield* upload("alpha", { key: "k1" })
      const second = yield* upload("alpha", { key: "k1" })
      assert.deepStrictEqual(second.body, first.body)
      assert.strictEqual(second.headers["idempotent-replayed"], "true")
      assert.strictEqual(yield* callsOf("upload"), 1)
      const reused = yield* upload("beta", { key: "k1" })
      assert.deepInclude(reused.body, { status: 422, type: type("idempotency-key-reused") })
      assert.strictEqual((yield* upload("beta", { key: "k1", user: "bob" })).status, 202)
    }).pipe(Effect.provide(gateway))
  )

  it.effect(
    "whose answer was lost says what went wrong, is written down as unknown, and may be sent again with its key",
    () =>
      Effect.gen(function* () {
        yield* (yield* RagTest).fail("upload", lost("upload"))
        const first = yield* upload("alpha", { key: "k1" })
        assert.deepInclude(first.body, { status: 504, type: type("upstream-timeout") })
        const { body } = yield* call("GET", "/audit?action=knowledge.document.upload&outcome=unknown")
        assert.strictEqual(body.items[0].detail.type, type("upstream-timeout"))
        assert.strictEqual((yield* upload("alpha", { key: "k1" })).status, 202)
        assert.strictEqual((yield* settled(body.items[0].commandId, "unconfirmed")).state, "unconfirmed")
      }).pipe(Effect.provide(gateway))
  )
})

describe("a document", () => {
  it.effect("is deleted by who may, once for a key, with what it was in the audit trail", () =>
    Effect.gen(function* () {
      const { documentId } = (yield* upload("alpha")).body
      const path = `/rag/documents/${documentId}`
      for (const user of ["ann", "vic"]) {
        const { body } = yield* call("DELETE", path, user)
        assert.deepInclude(body, { status: 403, permission: "knowledge:delete" })
      }
      const first = yield* call("DELETE", path, "root", "k1")
      assert.strictEqual(first.status, 204)
      const again = yield* call("DELETE", path, "root", "k1")
      assert.strictEqual(again.status, 204)
      assert.strictEqual(again.headers["idempotent-replayed"], "true")
      assert.strictEqual(yield* callsOf("deleteDocument"), 1)
      assert.strictEqual((yield* call("DELETE", path, "root")).status, 404)
      const [intent, outcome] = yield* trailOf(idOf(first))
      assert.deepInclude(intent.target, { kind: "document", id: documentId })
      assert.deepInclude(intent.before, { fileName: "a.txt", revision: 1 })
      assert.deepInclude(outcome, { phase: "outcome", outcome: "done" })
    }).pipe(Effect.provide(gateway))
  )

  it.effect("of which it is not known whether it was deleted is looked for, and never deleted again", () =>
    Effect.gen(function* () {
      const control = yield* RagTest
      const { documentId } = (yield* upload("alpha")).body
      const path = `/rag/documents/${documentId}`
      yield* control.fail("deleteDocument", lost("deleteDocument"))
      const answer = yield* call("DELETE", path, "root", "k1")
      assert.deepInclude(answer.body, { status: 504, type: type("command-fate-unknown") })
      // Somebody else's deletion is taken for it: the document is gone.
      assert.strictEqual((yield* call("DELETE", path)).status, 204)
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual((yield* settled(answer.body.commandId, "confirmed")).state, "confirmed")
      assert.strictEqual((yield* call("DELETE", path, "root", "k1")).status, 204)
      assert.strictEqual(yield* callsOf("deleteDocument"), 2)
      assert.deepStrictEqual(
        (yield* trailOf(answer.body.commandId)).map(({ outcome }: { readonly outcome?: string }) => outcome),
        [undefined, "unknown", "confirmed"]
      )
    }).pipe(Effect.provide(gateway))
  )

  it.effect("that a first attempt deleted, whose answer was lost, counts as deleted", () =>
    Effect.gen(function* () {
      const { documentId } = (yield* upload("alpha")).body
      const database = Context.pick(SqlClient.SqlClient, Store)(yield* Effect.context<SqlClient.SqlClient | Store>())
      const rag = yield* Rag
      const document = yield* rag.document(documentId)
      const retried = inFront(
        scheduler({}),
        Layer.mock(Rag, {
          document: () => Effect.succeed(document),
          deleteDocument: (id) => Effect.fail(new DocumentNotFound({ id })),
          documents: () => Effect.succeed({ items: [] })
        }),
        {},
        users,
        Layer.succeedContext(database)
      )
      const { status } = yield* Effect.provide(call("DELETE", `/rag/documents/${documentId}`), Layer.fresh(retried))
      assert.strictEqual(status, 204)
    }).pipe(Effect.provide(gateway))
  )

  it.effect("stays when its deletion cannot be written down", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { documentId } = (yield* upload("alpha")).body
      yield* sql`ALTER TABLE audit_entries RENAME TO gone`
      const { body } = yield* call("DELETE", `/rag/documents/${documentId}`)
      assert.deepInclude(body, { status: 503, type: type("audit-unavailable"), sent: false })
      assert.strictEqual(yield* callsOf("deleteDocument"), 0)
      assert.strictEqual((yield* upload("beta")).status, 503)
      assert.strictEqual(yield* callsOf("upload"), 1)
      yield* sql`ALTER TABLE gone RENAME TO audit_entries`
    }).pipe(Effect.provide(gateway))
  )
})

describe("an ingestion", () => {
  it.effect(
    "is cancelled and retried by operators, also by those who are narrowed, with its state before and after",
    () =>
      Effect.gen(function* () {
        const { jobId } = (yield* upload("alpha", { user: "nan" })).body
        assert.strictEqual((yield* call("POST", `/rag/jobs/${jobId}/actions/cancel`, "vic")).status, 403)
        const cancelled = yield* call("POST", `/rag/jobs/${jobId}/actions/cancel`, "nan", "k1")
        assert.strictEqual(cancelled.body.state, "cancelled")
        const again = yield* call("POST", `/rag/jobs/${jobId}/actions/cancel`, "nan", "k1")
        assert.deepStrictEqual(again.body, cancelled.body)
        assert.strictEqual(yield* callsOf("cancelJob"), 1)
        const [intent, outcome] = yield* trailOf(idOf(cancelled))
        assert.deepInclude(intent, { action: "knowledge.ingestion.cancel" })
        assert.strictEqual(intent.before.state, "queued")
        assert.strictEqual(outcome.after.state, "cancelled")
        const refused = yield* call("POST", `/rag/jobs/${jobId}/actions/retry`, "ann")
        assert.deepInclude(refused.body, { status: 409, type: type("ingestion-job-conflict") })
        const { body } = yield* call("GET", "/audit?action=knowledge.ingestion.retry&outcome=refused")
        assert.strictEqual(body.items[0].detail.type, type("ingestion-job-conflict"))
      }).pipe(Effect.provide(gateway))
  )
})
