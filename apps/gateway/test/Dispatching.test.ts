import { readFileSync } from "node:fs"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import * as Access from "@resync/api/Access"
import { Api } from "@resync/api/Api"
import { RagTest } from "@resync/rag/RagTest"
import { TwsTest } from "@resync/tws/TwsTest"
import { Context, Duration, Effect, Layer } from "effect"
import { HttpBody, HttpClient, HttpClientRequest, type HttpMethod } from "effect/http"
import { Commands } from "../src/commands/pipeline/Commands.ts"
import * as Dispatch from "../src/Dispatch.ts"
import { Entrances } from "../src/dispatch/Entrances.ts"
import { Queries } from "../src/dispatch/Queries.ts"
import { Drain } from "../src/process/Drain.ts"
import { get, inFront, TestGateway } from "./TestGateway.ts"

const uuid = "00000000-0000-7000-8000-000000000001"
const secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

const upload = new FormData()
upload.append("file", new Blob(["text"]), "a.txt")

/** What a request needs beside its path, by the name of the endpoint. */
const bodies: Readonly<Record<string, unknown>> = {
  confirmJob: { outcome: "success" },
  replyToPrompt: { answer: "yes" },
  reconfigure: {},
  setApprovalPolicy: { command: "none.*" },
  previewBulk: { on: "jobs", filter: { name: "NONE*" }, action: { _tag: "Hold" } },
  runBulk: { token: secret },
  search: { query: "x" },
  answer: { question: "Why?" },
  login: { name: "nobody", password: "x" },
  refresh: { refreshToken: "x" },
  changePassword: { current: "x", next: "y" },
  verifyMfa: { code: "000000" },
  enrollMfa: {},
  confirmMfa: { code: "000000" },
  disableMfa: { code: "000000" },
  renewRecoveryCodes: { code: "000000" },
  createUser: { name: "somebody", roles: ["viewer"] },
  updateUser: {},
  createApiKey: { name: "k", permissions: ["tws:read"], expiresInDays: 1 }
}
const queries: Readonly<Record<string, string>> = { searchJobs: "?q=x", jobStatuses: `?id=${uuid}` }

/** Those that change nothing though they are no GET, and the other way round. */
const asks = new Set(["search", "answer", "previewBulk"])
const changes = new Set(["oidcStart", "oidcCallback"])

/** What of a query or a command both sides are compared by. */
interface Kind {
  readonly access: Access.Access
  /** Seconds; commands have none. */
  readonly kept?: number
}

const endpoints = Object.values(Api.groups).flatMap((group) =>
  Object.values(group.endpoints).map((endpoint) => ({
    name: endpoint.identifier,
    method: endpoint.method as HttpMethod.HttpMethod,
    path: endpoint.path.replaceAll(/:(\w+)/g, (_: string, parameter: string) => (parameter === "name" ? "none" : uuid)),
    access: Access.of(endpoint)
  }))
)

/** How often each kind was asked or done. What tells it is a query as well. */
const counts = Effect.map(get("/metrics"), ({ text }) => {
  const found = new Map<string, number>()
  const line = /^resync_(query|command)_duration_seconds_count\{([^}]*)\} (\d+)$/gm
  for (const [, side = "", labels = "", count] of text.matchAll(line)) {
    const kind = `${side} ${new RegExp(`${side}="([^"]*)"`).exec(labels)?.[1]}`
    if (kind !== "query metrics") found.set(kind, (found.get(kind) ?? 0) + Number(count))
  }
  return found
})

const request = ({ method, name, path }: (typeof endpoints)[number]) => {
  const made = HttpClientRequest.make(method)(`${path}${queries[name] ?? ""}`)
  if (name === "upload") return HttpClientRequest.setBody(made, HttpBody.formData(upload))
  return name in bodies ? HttpClientRequest.bodyJsonUnsafe(made, bodies[name]) : made
}

const gateway = inFront(TwsTest.layer({ jobs: [] }), RagTest.layer(), {
  RESYNC_SIGN_IN_RATE_LIMIT: "1000"
})

/** All that the dispatcher knows: who may ask or do it, and for how long an answer may be one that was kept. */
const known = Effect.gen(function* () {
  const context = yield* Layer.build(
    Layer.fresh(Dispatch.layer).pipe(Layer.provide([Drain.layer, NodeHttpServer.layerHttpServices]))
  )
  const { all: queries } = Context.get(context, Queries)
  const { all: commands } = Context.get(context, Commands)
  const { all: entrances } = Context.get(context, Entrances)
  const kinds = new Map<string, Kind>()
  for (const { access, cacheTime, name } of queries.values()) {
    kinds.set(`query ${name}`, { access, kept: Duration.toSeconds(Duration.fromInputUnsafe(cacheTime)) })
  }
  for (const { access, name } of [...commands.values(), ...entrances.values()]) kinds.set(`command ${name}`, { access })
  return kinds
})

layer(gateway, { timeout: "60 seconds", excludeTestServices: true })("each endpoint", (it) => {
  it.effect(
    "is one query or one command that the dispatcher knows, with the same access; and there are no others",
    () =>
      Effect.gen(function* () {
        const { client } = yield* TestGateway
        const kinds = yield* known
        const reached = new Set<string>()
        let before = yield* counts
        for (const endpoint of endpoints) {
          // Streams have no end; their header comes at once.
          const status = yield* client.execute(request(endpoint)).pipe(
            Effect.map((response) => response.status),
            Effect.scoped,
            Effect.provideService(HttpClient.TracerPropagationEnabled, false)
          )
          const what = `${endpoint.method} ${endpoint.path} (${status})`
          assert.notInclude([400, 500], status, what)
          const after = yield* counts
          const counted = [...after].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
          before = after
          if (endpoint.name === "metrics") continue
          assert.lengthOf(counted, 1, `${what}: ${counted}`)
          const [kind = ""] = counted
          const isQuery = (endpoint.method === "GET" && !changes.has(endpoint.name)) || asks.has(endpoint.name)
          assert.isTrue(kind.startsWith(isQuery ? "query " : "command "), `${what}: ${kind}`)
          assert.strictEqual(kinds.get(kind)?.access, endpoint.access, `${what}: ${kind}`)
          reached.add(kind)
        }
        // The first is the same endpoint for who wants events, the second tells the counts.
        const others = [...kinds.keys()].filter((kind) => !reached.has(kind)).sort()
        assert.deepStrictEqual(others, ["query knowledge.answer.stream", "query metrics"])
      }).pipe(Effect.scoped)
  )

  it.effect("is described: each query with who may ask it and its cache time, each command with who may do it", () =>
    Effect.gen(function* () {
      const text = readFileSync(new URL("../../../docs/commands.md", import.meta.url), "utf8")
      const rows = [...text.slice(text.indexOf("## All queries")).matchAll(/^\| `[a-z.-]+` .*$/gm)].map(([row]) => row)
      const expected = [...(yield* known)].map(([kind, { access, kept }]) => {
        const name = kind.slice(kind.indexOf(" ") + 1)
        return `| \`${name}\` | ${access} |${kept === undefined ? "" : ` ${kept === 0 ? "0" : `${kept} s`} |`}`
      })
      assert.deepStrictEqual(rows.sort(), expected.sort())
    }).pipe(Effect.scoped)
  )
})
