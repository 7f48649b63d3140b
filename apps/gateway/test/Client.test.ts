import { assert, layer } from "@effect/vitest"
import { Api } from "@resync/api/Api"
import { JobId } from "@resync/tws/model/Ids"
import { Effect, Stream } from "effect"
import { HttpApiClient } from "effect/http-api"
import { simulated } from "./Simulated.ts"
import { TestGateway } from "./TestGateway.ts"

const make = Effect.flatMap(TestGateway, ({ client }) => HttpApiClient.makeWith(Api, { httpClient: client }))

layer(simulated(), { timeout: "2 minutes" })("the typed client", (it) => {
  it.effect("reads what the contract says", () =>
    Effect.gen(function* () {
      const client = yield* make
      const { items, stale } = yield* client.tws.jobs({ query: { status: ["WAITING"], limit: 2 } })
      assert.lengthOf(items, 2)
      assert.isFalse(stale)
      const [job] = items
      if (job === undefined) return yield* Effect.die("no job")
      const read = yield* client.tws.job({ params: { id: job.id } })
      assert.strictEqual(read.item.name, job.name)
    })
  )

  it.effect("gets a problem as a typed failure, with what the service adds to it", () =>
    Effect.gen(function* () {
      const client = yield* make
      const id = JobId.make("0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e")
      const error = yield* Effect.flip(client.tws.job({ params: { id } }))
      assert.strictEqual(error._tag, "ObjectNotFound")
      if (error._tag !== "ObjectNotFound") return
      assert.strictEqual(error.id, id)
      assert.strictEqual(error.instance, `/api/v1/tws/jobs/${id}`)
      assert.match(error.correlationId ?? "", /^[0-9a-f]{32}$/)
    })
  )

  it.effect("commands, steers a breaker and is told why a call was held back", () =>
    Effect.gen(function* () {
      const client = yield* make
      const { items } = yield* client.tws.jobs({ query: { status: ["WAITING"], limit: 1 } })
      for (const { id } of items) {
        const accepted = yield* client.twsCommands.holdJob({ params: { id }, headers: {}, payload: null })
        assert.deepInclude(accepted, { state: "accepted" })
      }
      const params = { name: "tws_resource_usage" }
      const forced = yield* client.resilienceCommands.forceOpen({ params, headers: {}, payload: null })
      assert.strictEqual(forced.state, "FORCED_OPEN")
      const error = yield* Effect.flip(client.tws.resources({ query: {} }))
      assert.strictEqual(error._tag, "CircuitOpen")
      yield* client.resilienceCommands.reset({ params, headers: {}, payload: null })
    })
  )

  it.effect("listens to events", () =>
    Effect.gen(function* () {
      const client = yield* make
      const headers = { "last-event-id": "of-another-process" }
      const plan = yield* client.twsEvents.planEvents({ headers })
      const [reset] = yield* Stream.runCollect(Stream.take(plan, 1))
      assert.strictEqual(reset?.data._tag, "Reset")
      const breakers = yield* client.resilience.breakerEvents({ headers, query: {} })
      const [missed] = yield* Stream.runCollect(Stream.take(breakers, 1))
      assert.strictEqual(missed?.data._tag, "Missed")
    })
  )
})
