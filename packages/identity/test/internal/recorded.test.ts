import { assert, describe, it } from "@effect/vitest"
import type { AuditDraft } from "@resync/identity/audit/AuditEntry"
import { service } from "@resync/identity/audit/AuditEntry"
import { Effect } from "effect"
import { recorded } from "../../src/internal/recorded.ts"

const about = { action: "user.create", actor: service } as const

/** A trail that dies of entries of an outcome, and what it has. */
const trail = (mortal?: string) => {
  const has: Array<string> = []
  const append = (drafts: ReadonlyArray<AuditDraft>) =>
    Effect.forEach(
      drafts,
      ({ detail, outcome, phase }) =>
        outcome !== undefined && outcome === mortal
          ? Effect.die(new Error("no entry"))
          : Effect.sync(() => has.push([phase, outcome ?? "", JSON.stringify(detail ?? {})].join(" "))),
      { discard: true }
    )
  return { append, has }
}

describe("a change of users that no command makes", () => {
  it.effect("is undone where its outcome cannot be written, for whatever reason", () =>
    Effect.gen(function* () {
      const { append, has } = trail("done")
      let users = 0
      const exit = yield* Effect.exit(
        recorded(
          append,
          about,
          Effect.sync(() => ++users),
          { after: () => ({}), undo: () => Effect.sync(() => --users) }
        )
      )
      assert.strictEqual(exit._tag, "Failure")
      assert.strictEqual(users, 0)
      assert.deepStrictEqual(has, ["intent  {}"])
    })
  )

  it.effect("is told to have failed where it died, too", () =>
    Effect.gen(function* () {
      const { append, has } = trail()
      const change = Effect.die(new Error("a mistake"))
      yield* Effect.exit(recorded(append, about, change, { after: () => ({}), undo: () => Effect.void }))
      assert.deepStrictEqual(has, ["intent  {}", 'outcome failed {"reason":"Defect"}'])
    })
  )
})
