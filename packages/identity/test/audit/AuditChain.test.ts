import { assert, describe, it } from "@effect/vitest"
import * as AuditChain from "@resync/identity/audit/AuditChain"
import { AuditDraft } from "@resync/identity/audit/AuditEntry"
import { canonicalJson } from "@resync/identity/audit/canonicalJson"
import { Schema } from "effect"

const at = "2026-01-01T00:00:00.000Z"

const chainOf = (drafts: ReadonlyArray<AuditDraft>) => {
  const rows: Array<AuditChain.AuditRow> = []
  for (const draft of drafts) {
    const last = rows.at(-1)
    rows.push(AuditChain.link(last === undefined ? AuditChain.genesis : AuditChain.headOf(last), at, draft))
  }
  return rows
}

const problemsOf = (rows: ReadonlyArray<AuditChain.AuditRow>) =>
  rows.reduce(AuditChain.check, AuditChain.start).problems

const draft = (action: string): AuditDraft => ({
  action,
  phase: "event",
  actor: { id: "1", name: "Åse", kind: "user" }
})

/** A chain of at least three rows with a place in it. */
const Chains = Schema.Array(AuditDraft).check(Schema.isMinLength(3), Schema.isMaxLength(8))
const Place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 }))

describe("canonicalJson", () => {
  it("sorts members, keeps arrays and writes no white space", () => {
    assert.strictEqual(
      canonicalJson({ b: [1, true, null], a: { z: "é", "\u{1f600}": 1.5e21 } }),
      '{"a":{"z":"é","\u{1f600}":1.5e+21},"b":[1,true,null]}'
    )
  })

  it("replaces what no database keeps", () => {
    assert.strictEqual(canonicalJson(["a\0b", "\ud800", "\u{1f600}"]), '["a\uFFFDb","\uFFFD","\u{1f600}"]')
  })

  it("keeps the last in order of names that are one in the database", () => {
    assert.strictEqual(canonicalJson({ "\uFFFD": 2, "\0": 1 }), '{"\uFFFD":2}')
    assert.strictEqual(canonicalJson({ "\0": 1, "\uFFFD": 2 }), '{"\uFFFD":2}')
  })

  it.prop(
    "gives the same text for the same value however it was built",
    [Schema.Record(Schema.String, Schema.Json)],
    ([value]) => {
      const once = canonicalJson(value)
      const turned = Object.fromEntries(Object.entries(value).reverse())
      assert.strictEqual(canonicalJson(turned), once)
    }
  )
})

describe("AuditChain", () => {
  it("hashes what it says it hashes", () => {
    const [row] = chainOf([draft("auth.login")])
    assert.strictEqual(
      row?.entry,
      `{"action":"auth.login","actor":{"id":"1","kind":"user","name":"Åse"},"at":"${at}","phase":"event","seq":1,"version":1}`
    )
    // printf '%064d\n<entry>' 0 | sha256sum
    assert.strictEqual(row?.hash, AuditChain.hashOf("0".repeat(64), row?.entry ?? ""))
    assert.match(row?.hash ?? "", /^[0-9a-f]{64}$/)
  })

  it.prop("finds nothing wrong with what it linked", [Chains], ([drafts]) => {
    assert.deepStrictEqual(problemsOf(chainOf(drafts)), [])
  })

  it.prop("finds a row whose text was changed", [Chains, Place], ([drafts, place]) => {
    const rows = chainOf(drafts)
    const seq = (place % rows.length) + 1
    const changed = rows.map((row) => (row.seq === seq ? { ...row, entry: `${row.entry} ` } : row))
    assert.deepStrictEqual(problemsOf(changed), [{ _tag: "Changed", seq }])
  })

  it.prop("finds a row that was changed and hashed anew, at the row after it", [Chains, Place], ([drafts, place]) => {
    const rows = chainOf(drafts)
    const seq = (place % (rows.length - 1)) + 1
    const forged = rows.map((row) => {
      if (row.seq !== seq) return row
      const entry = row.entry.replace('"version":1', '"version":2')
      return { ...row, entry, hash: AuditChain.hashOf(row.previousHash, entry) }
    })
    assert.deepStrictEqual(problemsOf(forged), [{ _tag: "Reordered", seq: seq + 1 }])
  })

  it.prop("finds a row that is missing", [Chains, Place], ([drafts, place]) => {
    const rows = chainOf(drafts)
    const seq = (place % (rows.length - 1)) + 1
    assert.deepStrictEqual(problemsOf(rows.filter((row) => row.seq !== seq)), [{ _tag: "Missing", from: seq, to: seq }])
  })

  it.prop("finds rows that changed places", [Chains, Place], ([drafts, place]) => {
    const rows = chainOf(drafts)
    const seq = (place % (rows.length - 1)) + 1
    const moved = rows
      .map((row) => (row.seq === seq ? { ...row, seq: seq + 1 } : row.seq === seq + 1 ? { ...row, seq } : row))
      .sort((a, b) => a.seq - b.seq)
    const found = problemsOf(moved)
    assert.includeDeepMembers(
      [...found],
      [
        { _tag: "Reordered", seq },
        { _tag: "Reordered", seq: seq + 1 }
      ]
    )
  })
})
