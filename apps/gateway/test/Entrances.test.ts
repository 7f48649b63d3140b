import { assert, describe, it } from "@effect/vitest"
import { Audit } from "@resync/identity/audit/Audit"
import type { AuditDraft } from "@resync/identity/audit/AuditEntry"
import { AuditUnavailable } from "@resync/identity/audit/AuditError"
import { Deferred, Effect, Fiber, Layer, Logger } from "effect"
import { HttpServerRequest } from "effect/http"
import * as Entrance from "../src/dispatch/Entrance.ts"
import * as Entrances from "../src/dispatch/Entrances.ts"

const Door = Entrance.make<{ readonly name: string }, string, never>()("test.door")
const request = HttpServerRequest.fromWeb(new Request("http://127.0.0.1/"))
const came = (name: string) => ({ actor: { id: name, kind: "user" as const, name }, detail: {} })

describe("who comes in", () => {
  it.effect("is written down, also when they hang up meanwhile", () =>
    Effect.gen(function* () {
      const written: Array<AuditDraft> = []
      const writing = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const audit = Layer.mock(Audit, {
        append: (drafts) =>
          Deferred.succeed(writing, undefined).pipe(
            Effect.andThen(Deferred.await(go)),
            Effect.andThen(Effect.sync(() => void written.push(...drafts)))
          )
      })
      const { enter, handle } = yield* Effect.provide(Entrances.make, audit)
      handle(Door, { act: ({ name }) => Effect.succeed(name), came })
      const entering = yield* enter(Door, { name: "ann" }).pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, request),
        Effect.forkChild
      )
      yield* Deferred.await(writing)
      const hangingUp = yield* Effect.forkChild(Fiber.interrupt(entering), { startImmediately: true })
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(hangingUp)
      assert.deepStrictEqual(
        written.map(({ actor, outcome }) => [actor.name, outcome]),
        [["ann", "done"]]
      )
    })
  )

  it.effect("is taken back when it cannot be written down", () =>
    Effect.gen(function* () {
      const takenBack: Array<string> = []
      const audit = Layer.mock(Audit, { append: () => Effect.fail(new AuditUnavailable({ detail: "away" })) })
      const { enter, handle } = yield* Effect.provide(Entrances.make, audit)
      handle(Door, {
        act: ({ name }) => Effect.succeed(name),
        came,
        takeBack: (name) => Effect.sync(() => void takenBack.push(name))
      })
      const error = yield* enter(Door, { name: "ann" }).pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, request),
        Effect.flip
      )
      assert.strictEqual(error._tag, "IdentityUnavailable")
      assert.deepStrictEqual(takenBack, ["ann"])
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
