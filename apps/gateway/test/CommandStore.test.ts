import { assert, describe, it } from "@effect/vitest"
import { CommandId } from "@resync/api/CommandId"
import * as TestStores from "@resync/store/testing/TestStores"
import { DateTime, Duration, Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { TestClock } from "effect/testing"
import { type Beginning, CommandStore, keptFor, lease } from "../src/commands/pipeline/CommandStore.ts"

const nextId = () => CommandId.make(uuidV7Unsafe())

const beginning = Effect.fnUntraced(function* (more: Partial<Beginning> = {}) {
  const id = nextId()
  const command: Beginning = {
    id,
    name: "tws.job.hold",
    state: "sending",
    principalId: "ann",
    key: undefined,
    fingerprint: "f",
    targetId: "j1",
    parentId: undefined,
    dueAt: DateTime.addDuration(yield* DateTime.now, lease),
    facts: { requestedBy: { id: "ann", name: "ann", kind: "user" }, request: { id: "j1" } },
    ...more
  }
  return command
})

const answer = { _tag: "Answer", answer: { done: true } } as const

for (const { engine, layer: database, skip } of await TestStores.all()) {
  const layer = CommandStore.layer.pipe(Layer.provideMerge(database))

  describe.skipIf(skip)(`commands on ${engine}`, () => {
    it.effect("of one key are one, also when they come at once, and for a day", () =>
      Effect.gen(function* () {
        const store = yield* CommandStore
        const many = yield* Effect.replicateEffect(beginning({ key: "k1" }), 8)
        const begun = yield* Effect.forEach(many, store.begin, { concurrency: 8 })
        assert.lengthOf(
          begun.filter((first) => first),
          1
        )
        const found = yield* store.find("ann", "k1")
        assert.strictEqual(found?.id, many[begun.indexOf(true)]?.id)
        assert.isUndefined(yield* store.find("bob", "k1"))
        assert.isTrue(yield* store.begin(yield* beginning({ key: "k1", principalId: "bob" })))
        yield* TestClock.adjust(keptFor)
        assert.isUndefined(yield* store.find("ann", "k1"))
        assert.isTrue(yield* store.begin(yield* beginning({ key: "k1" })))
      }).pipe(Effect.provide(layer))
    )

    it.effect("move as their life says, once, whoever comes first", () =>
      Effect.gen(function* () {
        const store = yield* CommandStore
        const command = yield* beginning({ key: "k1" })
        yield* store.begin(command)
        const moves = yield* Effect.all(
          [
            store.move(command.id, "finish", { result: answer }),
            store.move(command.id, "fail", { releaseKey: true }),
            store.move(command.id, "refuse")
          ],
          { concurrency: 3 }
        )
        const moved = moves.filter((record) => record !== undefined)
        assert.lengthOf(moved, 1)
        const kept = yield* store.get(command.id)
        assert.strictEqual(kept?.state, moved[0]?.state)
        // What has ended moves no more.
        assert.isUndefined(yield* store.move(command.id, "lose"))
        assert.isUndefined(yield* store.move(command.id, "confirm"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("keep what they were asked and answered, in any script", () =>
      Effect.gen(function* () {
        const store = yield* CommandStore
        const request = { name: "Łódź 山田 \u0001 '; DROP TABLE commands; --", nested: { list: [1, null, "ß"] } }
        const command = yield* beginning({
          facts: { requestedBy: { id: "ann", name: "Zoë", kind: "user" }, request, sentAt: yield* DateTime.now }
        })
        yield* store.begin(command)
        yield* store.move(command.id, "finish", { result: { _tag: "Answer", answer: request } })
        const kept = yield* store.get(command.id)
        assert.deepStrictEqual(kept?.facts, command.facts)
        assert.deepStrictEqual(kept?.result, { _tag: "Answer", answer: request })
      }).pipe(Effect.provide(layer))
    )

    it.effect("whose lease has run out are taken by one of those who look, and not before", () =>
      Effect.gen(function* () {
        const store = yield* CommandStore
        const commands = yield* Effect.replicateEffect(beginning(), 6)
        yield* Effect.forEach(commands, store.begin)
        const [renewed, ...left] = commands.map(({ id }) => id)
        yield* TestClock.adjust(Duration.subtract(lease, Duration.seconds(1)))
        assert.lengthOf(yield* store.takeDue(10), 0)
        yield* store.renew([renewed ?? ""])
        yield* TestClock.adjust("1 second")
        const taken = yield* Effect.all([store.takeDue(10), store.takeDue(10), store.takeDue(10)], { concurrency: 3 })
        assert.deepStrictEqual(
          taken
            .flat()
            .map(({ id }) => id)
            .sort(),
          [...left].sort()
        )
        // Who took them has half a minute.
        yield* TestClock.adjust("29 seconds")
        assert.lengthOf(yield* store.takeDue(10), 0)
        yield* TestClock.adjust("1 second")
        assert.lengthOf(yield* store.takeDue(10), left.length)
        assert.lengthOf(yield* store.orphans, 6)
      }).pipe(Effect.provide(layer))
    )

    it.effect("are listed to who may see them, by what they are, in pages", () =>
      Effect.gen(function* () {
        const store = yield* CommandStore
        const all = yield* Effect.forEach(["tws.job.hold", "tws.job.kill", "user.create", "tws_job.hold"], (name, n) =>
          beginning({ name, principalId: n % 2 === 0 ? "ann" : "bob", targetId: `t${n}` })
        )
        yield* Effect.forEach(all, store.begin)
        const names = (
          query: Parameters<typeof store.list>[0],
          reader: Partial<Parameters<typeof store.list>[1]> = {}
        ) =>
          Effect.map(store.list(query, { principalId: "bob", own: false, hidden: [], ...reader }), ({ items }) =>
            items.map(({ name }) => name).sort()
          )
        assert.lengthOf(yield* names({}), 4)
        // A dash and a dot are themselves in a pattern.
        assert.deepStrictEqual(yield* names({ name: "tws.job.*" }), ["tws.job.hold", "tws.job.kill"])
        assert.deepStrictEqual(yield* names({ targetId: "t2" }), ["user.create"])
        assert.deepStrictEqual(yield* names({ state: ["done"] }), [])
        assert.deepStrictEqual(yield* names({}, { own: true }), ["tws.job.kill", "tws_job.hold"])
        const hidden = ["user.create", "tws.job.kill"]
        assert.deepStrictEqual(yield* names({}, { hidden }), ["tws.job.hold", "tws.job.kill", "tws_job.hold"])
        const first = yield* store.list({ limit: 3 }, { principalId: "bob", own: false, hidden: [] })
        assert.lengthOf(first.items, 3)
        const rest = yield* store.list(
          { limit: 3, ...(first.nextCursor === null ? {} : { cursor: first.nextCursor }) },
          { principalId: "bob", own: false, hidden: [] }
        )
        assert.deepStrictEqual([rest.items.length, rest.nextCursor], [1, null])
      }).pipe(Effect.provide(layer))
    )

    it.effect("are forgotten once they ended long ago, and never before", () =>
      Effect.gen(function* () {
        const store = yield* CommandStore
        const ended = yield* beginning()
        const waiting = yield* beginning()
        yield* Effect.forEach([ended, waiting], store.begin)
        yield* store.move(ended.id, "finish", { result: answer })
        yield* TestClock.adjust("31 days")
        const young = yield* beginning()
        yield* store.begin(young)
        yield* store.move(young.id, "finish", { result: answer })
        yield* store.purge(DateTime.subtractDuration(yield* DateTime.now, "30 days"))
        assert.isUndefined(yield* store.get(ended.id))
        assert.isDefined(yield* store.get(waiting.id))
        assert.isDefined(yield* store.get(young.id))
      }).pipe(Effect.provide(layer))
    )
  })
}
