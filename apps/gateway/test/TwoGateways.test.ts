import { createServer, type ServerResponse } from "node:http"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import * as Postgres from "@resync/store/Postgres"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
const server = process.env["TEST_DATABASE_URL"] ?? "postgresql://postgres@127.0.0.1:5432/postgres"
const postgres = (await TestStores.all()).find(({ engine }) => engine === "postgres")

const on = (url: string) => Postgres.layer({ url: Redacted.make(url), maxConnections: 1 })

/** A database of its own, as gateways of one installation share it. */
const database = Effect.gen(function* () {
  const name = `resync_two_gateways_${process.pid}`
  yield* Effect.acquireRelease(
    SqlClient.SqlClient.use((sql) => sql`CREATE DATABASE ${sql(name)}`).pipe(Effect.provide(on(server))),
    () =>
      Effect.orDie(
        SqlClient.SqlClient.use((sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`).pipe(Effect.provide(on(server)))
      )
  )
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
})

const documentId = "00000000-0000-7000-8000-000000000001"
const document = {
  id: documentId,
  fileName: "a.txt",
  title: "A",
  source: null,
  tags: [],
  authority: "working",
  platform: null,
  version: null,
  mediaType: null,
  bytes: 1,
  contentHash: "0".repeat(64),
  revision: 1,
  passages: 1,
  latestJobId: "00000000-0000-7000-8000-000000000002",
  createdAt: "2026-03-04T10:00:00.000Z",
  updatedAt: "2026-03-04T10:00:00.000Z"
}

/** A knowledge service that takes a deletion on and never answers it, though it does it. */
const knowledge = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; deletions: number; close: () => void }>((resume) => {
    const state = { url: "", deletions: 0, close: () => void http.close().closeAllConnections() }
    const send = (response: ServerResponse, status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
    const http = createServer((request, response) => {
      if (request.method === "DELETE") state.deletions++
      else if (!(request.url ?? "").startsWith(`/v1/documents/${documentId}`)) send(response, 200, { items: [] })
      else if (state.deletions === 0) send(response, 200, document)
      else send(response, 404, { _tag: "DocumentNotFound", id: documentId })
    })
    http.listen(0, "127.0.0.1", () => {
      const address = http.address()
      state.url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
      resume(Effect.succeed(state))
    })
  }),
  ({ close }) => Effect.sync(close)
)

const json = (url: string, init: RequestInit = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, init)
    const text = await response.text()
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) }
  })

describe.skipIf(postgres?.skip)("two gateways on one PostgreSQL", () => {
  it.live(
    "take over what the other left behind when it was killed, write one audit trail, and let no third key in",
    () =>
      Effect.gen(function* () {
        const url = yield* database
        const rag = yield* knowledge
        const gateway = Effect.fnUntraced(function* (key: string) {
          return yield* start(main, {
            RESYNC_PORT: "0",
            RESYNC_DATA_DIR: yield* directory,
            RESYNC_AUTH: "off",
            RESYNC_LOG_LEVEL: "error",
            RESYNC_AUDIT_KEY: key,
            RESYNC_SECRET_KEY: "a secret that both of the gateways know",
            DATABASE_URL: url,
            RAG_URL: rag.url
          })
        })
        const key = "a key that both of the gateways sign with"
        const [one, two] = [yield* gateway(key), yield* gateway(key)]
        const [first, second] = [yield* one.url, yield* two.url]

        const headers = { "idempotency-key": "k1" }
        const path = `/api/v1/rag/documents/${documentId}`
        yield* Effect.forkScoped(Effect.ignore(json(`${first}${path}`, { method: "DELETE", headers })))
        yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => rag.deletions > 0 })
        // The other one knows of it, and does not do it too.
        const meanwhile = yield* json(`${second}${path}`, { method: "DELETE", headers })
        assert.strictEqual(meanwhile.body.type, "urn:problem-type:resync:command-in-progress")
        const id: string = meanwhile.body.commandId
        yield* one.kill("SIGKILL")
        yield* one.exit
        // As if its lease of a minute had run out.
        yield* SqlClient.SqlClient.use((sql) => sql`UPDATE commands SET due_at = created_at WHERE id = ${id}`).pipe(
          Effect.provide(on(url))
        )
        const found = yield* Effect.repeat(Effect.delay(json(`${second}/api/v1/commands/${id}`), "200 millis"), {
          until: ({ body }) => body.state === "confirmed"
        })
        assert.deepInclude(found.body, { name: "knowledge.document.delete", state: "confirmed" })
        assert.strictEqual((yield* json(`${second}${path}`, { method: "DELETE", headers })).status, 204)
        assert.strictEqual(rag.deletions, 1)

        const { body: trail } = yield* json(`${second}/api/v1/audit?commandId=${id}`)
        assert.deepStrictEqual(
          trail.items
            .map(({ actor, outcome, phase }: Record<string, { name: string }>) => [phase, outcome, actor?.name])
            .reverse(),
          [
            ["intent", undefined, "anonymous"],
            ["outcome", "unknown", "resync"],
            ["outcome", "confirmed", "resync"]
          ]
        )
        const { body: verified } = yield* json(`${second}/api/v1/audit/verification`)
        assert.deepStrictEqual(verified.problems, [])

        const third = yield* gateway("a key that none of the others has got")
        assert.deepStrictEqual(yield* third.exit, { code: 1 })
        assert.match(
          third.output.stderr,
          /^resync: RESYNC_AUDIT_KEY: the audit trail ends at entry \d+ with the signature of another key: [^\n]+\n$/
        )
      }).pipe(Effect.scoped, Effect.timeout("110 seconds")),
    120_000
  )
})
