import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Audit } from "@resync/identity/audit/Audit"
import { AuditConfig } from "@resync/identity/audit/AuditConfig"
import type { AuditDraft } from "@resync/identity/audit/AuditEntry"
import * as TestStores from "@resync/store/testing/TestStores"
import { Context, Effect, Exit, Layer, Redacted, Scope, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"

const draft = (action: string, more: Partial<AuditDraft> = {}): AuditDraft => ({
  action,
  phase: "event",
  actor: { id: "u1", name: "Zoë", kind: "user" },
  ...more
})

/** An audit of its own, as that of another process on the same store. */
const another = (config: Layer.Layer<AuditConfig> = AuditConfig.layerTest) =>
  Effect.map(Layer.build(Layer.fresh(Audit.layer).pipe(Layer.provide(config))), (context) =>
    Context.get(context, Audit)
  )

/** Does what only the owner of the database can do. */
const tamper = (statement: string) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.gen(function* () {
      yield* sql`ALTER TABLE audit_entries DISABLE TRIGGER USER`
      yield* sql`ALTER TABLE audit_head DISABLE TRIGGER USER`
      yield* sql.unsafe(statement)
      yield* sql`ALTER TABLE audit_entries ENABLE TRIGGER USER`
      yield* sql`ALTER TABLE audit_head ENABLE TRIGGER USER`
    })
  )

const five = Effect.gen(function* () {
  const audit = yield* Audit
  for (let n = 1; n <= 5; n++) yield* audit.append([draft(`test.${n}`)])
  return audit
})

const forged = `entry = replace(entry, 'Zoë', 'Eve')`

for (const { engine, layer: store, skip } of await TestStores.all()) {
  const layer = Audit.layer.pipe(Layer.provide(AuditConfig.layerTest), Layer.provideMerge(store))

  describe.skipIf(skip)(`Audit on ${engine}`, () => {
    it.effect("keeps what was done, the newest first, in pages and by filter", () =>
      Effect.gen(function* () {
        const audit = yield* five
        yield* TestClock.adjust("1 hour")
        yield* audit.append([
          draft("tws.job.hold", {
            phase: "outcome",
            outcome: "accepted",
            target: { kind: "job", id: "j1", name: "LOAD" },
            source: { address: "10.0.0.1" },
            commandId: "c1",
            correlationId: "corr",
            traceId: "trace",
            justification: { reason: "a\0b", ticket: "INC1" },
            before: { status: "WAITING" },
            after: { status: "HELD" }
          })
        ])
        const { items, nextCursor } = yield* audit.entries({}, { limit: 4 })
        assert.deepStrictEqual(
          items.map(({ seq }) => seq),
          [6, 5, 4, 3]
        )
        assert.strictEqual(items[0]?.justification?.reason, "a\uFFFDb")
        assert.deepStrictEqual(items[0]?.before, { status: "WAITING" })
        const rest = yield* audit.entries({}, { limit: 4, cursor: nextCursor ?? 0 })
        assert.deepStrictEqual(
          rest.items.map(({ seq }) => seq),
          [2, 1]
        )
        assert.isNull(rest.nextCursor)
        const found = { commandId: "c1", action: "tws.*", targetId: "j1", outcome: "accepted", actor: "Zoë" } as const
        assert.deepStrictEqual(
          (yield* audit.entries(found)).items.map(({ seq }) => seq),
          [6]
        )
        assert.lengthOf((yield* audit.entries({ action: "tws_job*" })).items, 0)
        const since = items[0]?.at
        assert.lengthOf((yield* audit.entries(since === undefined ? {} : { from: since })).items, 1)
        assert.lengthOf((yield* audit.entries(since === undefined ? {} : { to: since })).items, 5)
        assert.deepStrictEqual(
          (yield* Stream.runCollect(audit.all({ actor: "u1" }))).map(({ seq }) => seq),
          [1, 2, 3, 4, 5, 6]
        )
        assert.deepStrictEqual((yield* audit.verify()).problems, [])
      }).pipe(Effect.provide(layer))
    )

    it.effect("takes the entries of many callers in few commits, each caller's in order", () =>
      Effect.gen(function* () {
        const audit = yield* Audit
        const sql = yield* SqlClient.SqlClient
        yield* Effect.forEach(
          Array.from({ length: 1_000 }, (_, n) => n),
          (n) => audit.append([draft(`begin.${n}`), draft(`end.${n}`)]),
          { concurrency: "unbounded" }
        )
        const { entries, problems } = yield* audit.verify()
        assert.strictEqual(entries, 2_000)
        assert.deepStrictEqual(problems, [])
        const [row] = yield* sql<{
          readonly commits: number
        }>`SELECT count(DISTINCT xmin::text)::int AS commits FROM audit_entries`
        assert.isBelow(row?.commits ?? 0, 50)
        const actions = (yield* Stream.runCollect(audit.all())).map(({ action }) => action)
        for (let n = 0; n < 1_000; n++)
          assert.strictEqual(actions.indexOf(`end.${n}`), actions.indexOf(`begin.${n}`) + 1)
      }).pipe(Effect.provide(layer))
    )

    it.effect("is one chain for several gateways that write at once", () =>
      Effect.gen(function* () {
        const audits = [yield* Audit, yield* another(), yield* another()]
        yield* Effect.forEach(
          Array.from({ length: 150 }, (_, n) => n),
          (n) => (audits[n % 3] as Audit["Service"]).append([draft(`test.${n}`)]),
          { concurrency: 12 }
        )
        const { entries, problems } = yield* (audits[0] as Audit["Service"]).verify()
        assert.strictEqual(entries, 150)
        assert.deepStrictEqual(problems, [])
      }).pipe(Effect.provide(layer))
    )

    for (const statement of [
      "UPDATE audit_entries SET entry = ''",
      "DELETE FROM audit_entries WHERE seq = 5",
      "TRUNCATE audit_entries",
      "DELETE FROM audit_head",
      "UPDATE audit_head SET seq = 1"
    ]) {
      it.effect(`the database refuses ${statement}`, () =>
        Effect.gen(function* () {
          const audit = yield* five
          const sql = yield* SqlClient.SqlClient
          assert.isTrue(Exit.isFailure(yield* Effect.exit(sql.unsafe(statement))))
          assert.strictEqual((yield* audit.verify()).entries, 5)
        }).pipe(Effect.provide(layer))
      )
    }

    for (const [what, statement, problem] of [
      ["a changed row", `UPDATE audit_entries SET ${forged} WHERE seq = 3`, { _tag: "Changed", seq: 3 }],
      ["a missing row", "DELETE FROM audit_entries WHERE seq = 3", { _tag: "Missing", from: 3, to: 3 }],
      [
        "a reordered row",
        "UPDATE audit_entries SET seq = CASE seq WHEN 2 THEN 103 ELSE 102 END WHERE seq IN (2, 3); UPDATE audit_entries SET seq = seq - 100 WHERE seq > 100",
        { _tag: "Reordered", seq: 2 }
      ],
      ["a tail cut off", "DELETE FROM audit_entries WHERE seq > 3", { _tag: "Truncated", last: 3, expected: 5 }],
      [
        "a row put at the end",
        "INSERT INTO audit_entries (seq, entry, previous_hash, hash) SELECT 6, entry, hash, 'x' FROM audit_entries WHERE seq = 5",
        { _tag: "Beyond", last: 6, expected: 5 }
      ],
      [
        "a tail cut off together with its head",
        "DELETE FROM audit_entries WHERE seq > 3; UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_entries WHERE seq = 3)",
        { _tag: "HeadForged", seq: 3 }
      ]
    ] as const) {
      it.effect(`verify finds ${what}`, () =>
        Effect.gen(function* () {
          const audit = yield* five
          for (const one of statement.split("; ")) yield* tamper(one)
          assert.deepInclude([...(yield* audit.verify()).problems], problem)
        }).pipe(Effect.provide(layer))
      )
    }

    it.effect("verify finds a trail put back to an earlier state, by a head kept elsewhere", () =>
      Effect.gen(function* () {
        const audit = yield* Audit
        const sql = yield* SqlClient.SqlClient
        yield* audit.append([draft("one")])
        const [old] = yield* sql<Record<string, unknown>>`SELECT seq::text AS seq, hash, signature FROM audit_head`
        yield* audit.append([draft("two")])
        const kept = yield* audit.head
        yield* tamper("DELETE FROM audit_entries WHERE seq = 2")
        yield* tamper(
          `UPDATE audit_head SET seq = ${old?.["seq"]}, hash = '${old?.["hash"]}', signature = '${old?.["signature"]}'`
        )
        assert.deepStrictEqual((yield* audit.verify()).problems, [])
        assert.deepStrictEqual((yield* audit.verify(kept)).problems, [{ _tag: "Truncated", last: 1, expected: 2 }])
      }).pipe(Effect.provide(layer))
    )

    it.effect("does not write after a head that is not signed by it, until told to", () =>
      Effect.gen(function* () {
        yield* five
        yield* tamper("UPDATE audit_head SET signature = 'x'")
        const restarted = yield* another()
        const error = yield* Effect.flip(restarted.append([draft("more")]))
        assert.deepInclude(error, { _tag: "AuditUntrusted", seq: 5, reason: "forged" })
        const keyed = yield* another(
          Layer.succeed(AuditConfig, { key: Redacted.make("another key than the first one") })
        )
        assert.deepInclude(yield* Effect.flip(keyed.append([draft("more")])), { reason: "otherKey" })
        yield* keyed.adopt
        yield* keyed.append([draft("more")])
        assert.deepStrictEqual((yield* keyed.verify()).problems, [])
      }).pipe(Effect.provide(layer))
    )

    it.effect("belongs to the key that claims it first, before and after the first entry", () =>
      Effect.gen(function* () {
        const audit = yield* Audit
        const other = yield* another(
          Layer.succeed(AuditConfig, { key: Redacted.make("another key than the first one") })
        )
        yield* audit.claim
        const error = yield* Effect.flip(other.claim)
        assert.deepInclude(error, { _tag: "AuditUntrusted", seq: 0, reason: "otherKey" })
        assert.match(
          error.message,
          /^RESYNC_AUDIT_KEY: the audit trail ends at entry 0 with the signature of another key/
        )
        assert.deepInclude(yield* Effect.flip(other.append([draft("more")])), { reason: "otherKey" })
        yield* audit.append([draft("one")])
        yield* audit.claim
        assert.deepInclude(yield* Effect.flip(other.claim), { seq: 1, reason: "otherKey" })
        yield* tamper("UPDATE audit_head SET signature = 'x'")
        assert.deepInclude(yield* Effect.flip(audit.claim), { seq: 1, reason: "forged" })
        yield* other.adopt
        yield* other.claim
        assert.deepStrictEqual((yield* other.verify()).problems, [])
      }).pipe(Effect.provide(layer))
    )

    it.effect("of two keys that claim it at once is one's", () =>
      Effect.gen(function* () {
        const config = (key: string) => Layer.succeed(AuditConfig, { key: Redacted.make(key) })
        const audits = [
          yield* another(config("the first of the two keys")),
          yield* another(config("the second of the two keys"))
        ]
        const exits = yield* Effect.forEach(audits, ({ claim }) => Effect.exit(claim), { concurrency: 2 })
        assert.lengthOf(exits.filter(Exit.isSuccess), 1)
      }).pipe(Effect.provide(layer))
    )

    it.effect("fails who appends when the table cannot be written, and goes on once it can", () =>
      Effect.gen(function* () {
        const audit = yield* five
        yield* tamper("ALTER TABLE audit_entries RENAME TO gone").pipe(Effect.exit)
        assert.strictEqual((yield* Effect.flip(audit.append([draft("lost")])))._tag, "AuditUnavailable")
        const sql = yield* SqlClient.SqlClient
        yield* sql`ALTER TABLE gone RENAME TO audit_entries`
        yield* audit.append([draft("kept")])
        assert.strictEqual((yield* audit.entries()).items[0]?.action, "kept")
      }).pipe(Effect.provide(layer))
    )

    it.effect("notes its end in a file, once a second and at the end, and finds by it that the trail was cut", () =>
      Effect.gen(function* () {
        const directory = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "audit-"))),
          (made) => Effect.sync(() => rmSync(made, { recursive: true }))
        )
        const witnessFile = join(directory, "audit-head.json")
        const config = Layer.succeed(AuditConfig, { key: Redacted.make("some key of this test alone"), witnessFile })
        const scope = yield* Scope.make()
        const audit = yield* Scope.provide(another(config), scope)
        yield* audit.append([draft("one")])
        yield* TestClock.adjust("1 second")
        assert.strictEqual(JSON.parse(readFileSync(witnessFile, "utf8")).seq, 1)
        yield* audit.append([draft("two"), draft("three")])
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(JSON.parse(readFileSync(witnessFile, "utf8")).seq, 3)
        const again = yield* another(config)
        assert.deepStrictEqual((yield* again.verify()).problems, [])
        writeFileSync(witnessFile, JSON.stringify({ seq: 9, hash: "x" }))
        assert.deepStrictEqual((yield* again.verify()).problems, [{ _tag: "Truncated", last: 3, expected: 9 }])
      }).pipe(Effect.provide(store))
    )
  })
}
