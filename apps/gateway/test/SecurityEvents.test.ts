import { assert, describe, it } from "@effect/vitest"
import { Audit } from "@resync/identity/audit/Audit"
import type { AuditDraft } from "@resync/identity/audit/AuditEntry"
import { AuditUnavailable } from "@resync/identity/audit/AuditError"
import { Effect, Layer, Logger } from "effect"
import { HttpServerRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { SecurityEvents } from "../src/identity/SecurityEvents.ts"

const request = HttpServerRequest.fromWeb(new Request("http://127.0.0.1/"))

/** Somebody who guesses so many times. */
const guesses = (times: number) =>
  SecurityEvents.use(({ refused }) =>
    Effect.replicateEffect(refused({ action: "auth.login", detail: { reason: "credentials" } }), times)
  ).pipe(Effect.provideService(HttpServerRequest.HttpServerRequest, request))

describe("refusals", () => {
  for (const [what, failing] of [
    ["is away", Effect.fail(new AuditUnavailable({ detail: "away" }))],
    ["has a defect", Effect.die(new Error("a mistake"))]
  ] as const) {
    it.effect(`are told again in each minute after one in which the trail ${what}`, () => {
      const written: Array<AuditDraft> = []
      let fails = false
      const audit = Layer.mock(Audit, {
        append: (drafts) => (fails ? failing : Effect.sync(() => void written.push(...drafts)))
      })
      return Effect.gen(function* () {
        yield* guesses(25)
        assert.lengthOf(written, 20)
        fails = true
        yield* TestClock.adjust("1 minute")
        yield* guesses(1)
        fails = false
        yield* guesses(25)
        yield* TestClock.adjust("1 minute")
        // Of the first minute 5, of the second the 6 that came after 20.
        assert.deepStrictEqual(written.at(-1)?.detail, { more: { "auth.login": 11 } })
        yield* guesses(1)
        assert.strictEqual(written.at(-1)?.action, "auth.login")
      }).pipe(Effect.provide(Layer.merge(SecurityEvents.layer.pipe(Layer.provide(audit)), Logger.layer([]))))
    })
  }
})
