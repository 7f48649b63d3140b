import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { simulated } from "./Simulated.ts"
import { get } from "./TestGateway.ts"

const first = (path: string) => Effect.map(get(path), ({ body }) => body.items[0])

layer(simulated(), { timeout: "2 minutes" })("queries of a simulated scheduler", (it) => {
  for (const path of ["engine", "plan", "summary"]) {
    it.effect(`GET /tws/${path}`, () =>
      Effect.gen(function* () {
        const { body, status } = yield* get(`/api/v1/tws/${path}`)
        assert.strictEqual(status, 200)
        assert.isObject(body.item)
        assert.isFalse(body.stale)
        assert.match(body.asOf, /^\d{4}-/)
      })
    )
  }

  for (const list of ["jobs", "job-streams", "workstations", "resources", "prompts"]) {
    it.effect(`GET /tws/${list}`, () =>
      Effect.gen(function* () {
        const { body, status } = yield* get(`/api/v1/tws/${list}?limit=2`)
        assert.strictEqual(status, 200)
        assert.isAtMost(body.items.length, 2)
        assert.isFalse(body.stale)
        assert.property(body, "nextCursor")
      })
    )
  }

  for (const list of ["jobs", "job-streams", "workstations"]) {
    it.effect(`GET /tws/${list}/{id}`, () =>
      Effect.gen(function* () {
        const { id, name } = yield* first(`/api/v1/tws/${list}?limit=1`)
        const { body, status } = yield* get(`/api/v1/tws/${list}/${id}`)
        assert.strictEqual(status, 200)
        assert.strictEqual(body.item.id, id)
        assert.strictEqual(body.item.name, name)
      })
    )
  }

  it.effect("pages through a list without gaps or repetitions", () =>
    Effect.gen(function* () {
      const all = (yield* get("/api/v1/tws/jobs?limit=1000&sort=name")).body.items
      const paged: Array<{ readonly id: string }> = []
      let cursor = ""
      do {
        const { body } = yield* get(`/api/v1/tws/jobs?limit=70&sort=name${cursor}`)
        paged.push(...body.items)
        cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`
      } while (cursor !== "")
      assert.isAtLeast(all.length, 200)
      assert.strictEqual(new Set(paged.map(({ id }) => id)).size, paged.length)
      assert.strictEqual(paged.length, all.length)
    })
  )

  it.effect("filters by status, one or several, and by name with wildcards", () =>
    Effect.gen(function* () {
      const { body: one } = yield* get("/api/v1/tws/jobs?status=SUCCESSFUL&limit=1000")
      const { body: two } = yield* get("/api/v1/tws/jobs?status=SUCCESSFUL&status=WAITING&limit=1000")
      const statuses = (body: { readonly items: ReadonlyArray<{ readonly commonStatus: string }> }) =>
        [...new Set(body.items.map(({ commonStatus }) => commonStatus))].sort()
      assert.deepStrictEqual(statuses(one), ["SUCCESSFUL"])
      assert.deepStrictEqual(statuses(two), ["SUCCESSFUL", "WAITING"])
      const start = one.items[0].name.slice(0, 3)
      const { body: named } = yield* get(`/api/v1/tws/jobs?name=${start}*&limit=1000`)
      assert.isAbove(named.items.length, 0)
      for (const { name } of named.items) assert.isTrue(name.startsWith(start), name)
    })
  )

  it.effect("tells what is wrong with a cursor that is none of its own", () =>
    Effect.gen(function* () {
      const { body, status } = yield* get("/api/v1/tws/jobs?cursor=bm9uc2Vuc2U")
      assert.strictEqual(status, 400)
      assert.deepStrictEqual(body.errors[0].path, ["query", "cursor"])
    })
  )

  it.effect("GET /tws/jobs/{id}/log as text", () =>
    Effect.gen(function* () {
      const { id } = yield* first("/api/v1/tws/jobs?status=SUCCESSFUL&limit=1")
      const { headers, status, text } = yield* get(`/api/v1/tws/jobs/${id}/log`)
      assert.strictEqual(status, 200)
      assert.strictEqual(headers["content-type"], "text/plain; charset=utf-8")
      assert.isAbove(text.split("\n").length, 3)
    })
  )

  for (const path of ["jobs", "job-streams", "workstations"]) {
    it.effect(`GET /tws/${path}/{id} of what the plan does not show`, () =>
      Effect.gen(function* () {
        const { body, status } = yield* get(`/api/v1/tws/${path}/0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e`)
        assert.strictEqual(status, 404)
        assert.strictEqual(body.type, "urn:problem-type:resync:object-not-found")
      })
    )
  }

  for (const direction of ["predecessors", "successors"]) {
    it.effect(`GET /tws/jobs/{id}/${direction}`, () =>
      Effect.gen(function* () {
        const { id } = yield* first("/api/v1/tws/jobs?status=WAITING&limit=1")
        const { body, status } = yield* get(`/api/v1/tws/jobs/${id}/${direction}?depth=2`)
        assert.strictEqual(status, 200)
        assert.isArray(body.item.nodes)
      })
    )
  }
})
