import { assert, describe, it } from "@effect/vitest"
import { Oidc } from "@resync/identity/oidc/Oidc"
import * as Resilience from "@resync/resilience/Resilience"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { identity, stores } from "./TestIdentity.ts"

const [store] = stores
if (store === undefined) throw new Error("no store")

/** No provider is asked for anything here. */
const layer = Oidc.layer({
  issuer: new URL("https://provider.invalid"),
  clientId: "resync",
  clientSecret: Redacted.make("a client's secret"),
  redirectUrl: new URL("https://resync.invalid/api/v1/auth/oidc/callback"),
  roles: [{ value: "chiefs", role: "admin" }]
}).pipe(Layer.provideMerge(identity(store)), Layer.provide([Resilience.layer(), FetchHttpClient.layer]))

describe("sign-ins that nobody came back from", () => {
  it.effect("go away by themselves once they are too old, and no others", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const begun = (state: string, minutes: number) =>
        Effect.flatMap(
          DateTime.now,
          (now) => sql`INSERT INTO identity_oidc_logins (state_hash, nonce, verifier, return_to, expires_at)
            VALUES (${state}, 'n', 'v', '/', ${DateTime.toDateUtc(DateTime.add(now, { minutes }))})`
        )
      const left = Effect.map(
        sql<{ readonly state: string }>`SELECT state_hash AS state FROM identity_oidc_logins ORDER BY state_hash`,
        (rows) => rows.map(({ state }) => state)
      )
      yield* begun("new", 25)
      yield* begun("old", 9)
      assert.deepStrictEqual(yield* left, ["new", "old"])
      yield* TestClock.adjust("10 minutes")
      // The statement takes its time, though not that of the clock.
      yield* Effect.repeat(left, { until: (states) => states.length === 1 })
      assert.deepStrictEqual(yield* left, ["new"])
      // The next sweep is ten minutes from where this one ended.
      yield* Effect.repeat(Effect.andThen(TestClock.adjust("10 minutes"), left), {
        until: (states) => states.length === 0
      })
    }).pipe(Effect.provide(layer))
  )
})
