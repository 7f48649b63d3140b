import { assert, layer } from "@effect/vitest"
import { Duration, Effect } from "effect"
import contract from "../../contract/hwa-rest-v2-10.1.openapi.json" with { type: "json" }
import { SimulatorServer } from "../../src/SimulatorServer.ts"
import { at } from "../Json.ts"
import { ask } from "../RawClient.ts"

const methods = ["get", "post", "put", "patch", "delete"] as const

const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  methods.filter((method) => Object.hasOwn(item, method)).map((method) => ({ path, method: method.toUpperCase() }))
)

/** Bodies that no operation expects. */
const bodies: ReadonlyArray<unknown> = [undefined, {}, [], "text", { dependencies: [{ dependencyType: 7 }] }, null]

const expected = new Set([200, 201, 400, 404, 405, 409, 415, 501])

layer(SimulatorServer.layer({ jobs: 200, clock: "stepped" }), { timeout: Duration.seconds(60) })(
  "every operation of the contract",
  (it) => {
    it.effect(
      "is answered in the scheduler's form, whatever it is sent",
      () =>
        Effect.gen(function* () {
          const { url } = yield* SimulatorServer
          const jobs = yield* ask(`${url}/twsd/api/v2/plan/job?limit=1`)
          const ids = [String(at(jobs.json, "results", 0, "id")), "a;b;c", "%00", "..%2F.."]
          let answered = 0
          for (const [index, { method, path }] of operations.entries()) {
            const id = ids[index % ids.length] ?? ""
            const body = bodies[index % bodies.length]
            const concrete = path.replace(/\{[^}]+\}/g, id)
            const answer = yield* ask(`${url}${concrete}?oql=name%20LIKE%20'%40'&limit=x`, {
              method,
              ...(body === undefined ? {} : { body })
            })
            const what = `${method} ${concrete} ${JSON.stringify(body)}: ${answer.status} ${answer.body}`
            // The one failure that the real scheduler has as well: agents only can be monitored.
            if (path.endsWith("monitoring-configuration")) continue
            assert.isTrue(expected.has(answer.status), what)
            if (answer.status >= 400) {
              assert.match(
                String(at(answer.json, "messages", 0)),
                /^(AWS[A-Z]{3}\d{3}[EWI]|OQL_FILTER_SYNTAX_ERROR)/,
                what
              )
              assert.isString(at(answer.json, "exceptionName"), what)
            }
            answered++
          }
          assert.isAbove(answered, 250)
        }),
      60_000
    )
  }
)
