import { assert, describe, it } from "@effect/vitest"
import { CommandId } from "@resync/api/CommandId"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import { Audit } from "@resync/identity/audit/Audit"
import { AuditConfig } from "@resync/identity/audit/AuditConfig"
import { AuditUnavailable } from "@resync/identity/audit/AuditError"
import { recorded } from "@resync/resilience/testing/RecordingTracer"
import * as TestStores from "@resync/store/testing/TestStores"
import { DateTime, Deferred, Effect, Layer, Logger, Scope } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { TestClock } from "effect/testing"
import * as ApprovalCommands from "../src/commands/ApprovalCommands.ts"
import { actorOf } from "../src/commands/pipeline/Caller.ts"
import { CommandStore } from "../src/commands/pipeline/CommandStore.ts"
import { Act, type Append, act, ann, bob, started, type TestPipeline } from "./TestPipeline.ts"

const away = Effect.fail(new AuditUnavailable({ detail: "away" }))

/** A trail that does something else with outcomes, as many times as told. */
const outcomes =
  (times: number, instead: Effect.Effect<void, AuditUnavailable>) =>
  (append: Append): Append => {
    let left = times
    return (drafts) => (drafts.some(({ phase }) => phase === "outcome") && left-- > 0 ? instead : append(drafts))
  }

/** Phases and outcomes in the trail, the oldest first. */
const trail = Effect.gen(function* () {
  const { items } = yield* (yield* Audit).entries({ action: "test.act" })
  return items.map(({ outcome, phase }) => (outcome === undefined ? phase : `${phase} ${outcome}`)).reverse()
})

/** Looks again once what is owed is due. */
const later = (process: TestPipeline) => Effect.andThen(TestClock.adjust("40 seconds"), process.sweep)

/** What nobody carries out any more, and what waits. */
const left = Effect.fnUntraced(function* (state: "sending" | "awaitingApproval") {
  const id = CommandId.make(uuidV7Unsafe())
  const now = yield* DateTime.now
  yield* (yield* CommandStore).begin({
    id,
    name: Act.name,
    state,
    principalId: ann.id,
    key: undefined,
    fingerprint: "f",
    targetId: "j1",
    parentId: undefined,
    dueAt: now,
    facts: {
      requestedBy: actorOf(ann),
      request: { id: "j1" },
      ...(state === "sending" ? {} : { approval: { policy: "all", expiresAt: DateTime.addDuration(now, "1 hour") } })
    }
  })
  return id
})

for (const { engine, layer: database, skip } of await TestStores.all()) {
  const layer = CommandStore.layer.pipe(
    Layer.provideMerge(Audit.layer.pipe(Layer.provide(AuditConfig.layerTest))),
    Layer.provideMerge(database),
    Layer.merge(Logger.layer([]))
  )
  const within = <A, E, R>(test: Effect.Effect<A, E, R>) => test.pipe(Effect.scoped, Effect.provide(layer))

  describe.skipIf(skip)(`what commands owe the audit trail on ${engine}`, () => {
    it.effect("is written later where the trail did not take it, once", () =>
      Effect.gen(function* () {
        const process = yield* started({ through: outcomes(1, away) })
        const problem = yield* Effect.flip(act(process, "k1"))
        assert.deepInclude(problem, { _tag: "AuditUnavailable", sent: true })
        yield* process.sweep
        assert.deepStrictEqual(yield* trail, ["intent"])
        yield* later(process)
        assert.deepStrictEqual(yield* trail, ["intent", "outcome done"])
        yield* later(process)
        assert.deepStrictEqual(yield* trail, ["intent", "outcome done"])
        assert.deepInclude(yield* act(process, "k1"), { answer: "did j1", replayed: true })
      }).pipe(within)
    )

    it.effect("is written by the next process where one ended between the move and the entry", () =>
      Effect.gen(function* () {
        const reached = yield* Deferred.make<void>()
        // Nothing of what is killed is closed.
        const killed = yield* Scope.provide(
          started({ through: outcomes(1, Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)) }),
          yield* Scope.make()
        )
        yield* Effect.forkScoped(act(killed, "k1"))
        yield* Deferred.await(reached)
        const store = yield* CommandStore
        const moved = yield* Effect.repeat(store.find(ann.id, "k1"), { until: (one) => one?.state !== "sending" })
        assert.strictEqual(moved?.state, "done")
        const next = yield* started()
        yield* next.atStart
        // Where others may be at it they have their time.
        if (engine === "postgres") {
          assert.deepStrictEqual(yield* trail, ["intent"])
          yield* later(next)
        }
        assert.deepStrictEqual(yield* trail, ["intent", "outcome done"])
      }).pipe(within)
    )

    it.effect("is not written again where a process ended between the entry and its being let go of", () =>
      Effect.gen(function* () {
        yield* act(yield* started())
        const next = yield* started()
        yield* next.atStart
        yield* later(next)
        yield* later(next)
        assert.deepStrictEqual(yield* trail, ["intent", "outcome done"])
        assert.deepStrictEqual(yield* (yield* CommandStore).owed.take(10), [])
      }).pipe(within)
    )

    it.effect("comes before anything else happens to the command", () =>
      Effect.gen(function* () {
        const process = yield* started({ through: outcomes(2, away) })
        const store = yield* CommandStore
        const id = yield* left("sending")
        yield* process.sweep
        assert.strictEqual((yield* store.get(id))?.state, "unknown")
        assert.deepStrictEqual(yield* trail, [])
        yield* process.sweep
        yield* later(process)
        assert.strictEqual((yield* store.get(id))?.state, "unknown")
        assert.deepStrictEqual(yield* trail, [])
        yield* later(process)
        assert.strictEqual((yield* store.get(id))?.state, "unconfirmed")
        assert.deepStrictEqual(yield* trail, ["outcome unknown", "outcome unconfirmed"])
      }).pipe(within)
    )

    it.effect("stands in the way of nothing else where the trail never takes it", () =>
      Effect.gen(function* () {
        const refused = yield* left("sending")
        const process = yield* started({
          through: (append) => (drafts) =>
            drafts.some(({ commandId }) => commandId === refused) ? away : append(drafts)
        })
        yield* process.sweep
        const other = yield* started({ through: outcomes(1, away) })
        yield* Effect.flip(act(other, "k1"))
        yield* TestClock.adjust("30 seconds")
        yield* process.sweep
        assert.deepStrictEqual(yield* trail, ["intent"])
        yield* TestClock.adjust("30 seconds")
        yield* process.sweep
        assert.deepStrictEqual(yield* trail, ["intent", "outcome done"])
      }).pipe(within)
    )

    it.effect("is that an approval was asked for, refused, or did not come", () =>
      Effect.gen(function* () {
        let failing = true
        const process = yield* started({
          through: (append) => (drafts) =>
            failing && drafts.some(({ action }) => action === Act.name) ? away : append(drafts)
        })
        const policy = { name: "all", rule: { command: Act.name }, setBy: actorOf(bob), setAt: yield* DateTime.now }
        yield* process.policies.set(policy)
        const problem = yield* Effect.flip(act(process, "k1"))
        assert.deepInclude(problem, { _tag: "AuditUnavailable", sent: false })
        const store = yield* CommandStore
        const late = yield* left("awaitingApproval")
        yield* process.sweep
        assert.strictEqual((yield* store.get(late))?.state, "expired")
        const id = yield* left("awaitingApproval")
        const rejected = yield* Effect.provideService(
          process.run(ApprovalCommands.Reject, { id }),
          CurrentPrincipal,
          bob
        )
        assert.propertyVal(rejected, "_tag", "Answered")
        assert.deepStrictEqual(yield* trail, [])
        failing = false
        yield* later(process)
        assert.deepStrictEqual(yield* trail, ["event", "outcome failed", "outcome refused", "outcome refused"])
        // Nothing was asked of anybody, so that it can be again.
        assert.propertyVal(yield* act(process, "k1"), "_tag", "Awaiting")
      }).pipe(within)
    )

    it.effect("costs no statement of its own while somebody waits", () =>
      Effect.gen(function* () {
        const process = yield* started()
        yield* act(process, "k1")
        const statements = yield* recorded((spans) =>
          Effect.map(act(process, "k2"), () => spans.filter(({ kind }) => kind === "client").length)
        )
        // Beside those of the trail itself: is the key known, are there policies, the beginning, the move.
        assert.strictEqual(statements, 4)
        yield* later(process)
        assert.deepStrictEqual(yield* (yield* CommandStore).owed.take(10), [])
      }).pipe(within)
    )
  })
}
