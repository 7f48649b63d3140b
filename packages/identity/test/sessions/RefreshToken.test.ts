import { assert, describe, it } from "@effect/vitest"
import * as RefreshToken from "@resync/identity/sessions/RefreshToken"
import { Schema } from "effect"

const grace = 10_000
const lifetime = 1_000_000

interface Token {
  readonly parent: number | undefined
  usedAt: number | undefined
}

/** A family as it is kept in the store, and what happened to it. */
const play = (moves: ReadonlyArray<{ readonly token: number; readonly wait: number }>) => {
  const tokens: Array<Token> = [{ parent: undefined, usedAt: undefined }]
  let revoked = false
  let now = 0
  const verdicts: Array<{ verdict: RefreshToken.Verdict; token: number; wasUsedAt: number | undefined; now: number }> =
    []
  for (const { token, wait } of moves) {
    now += wait
    const index = token % tokens.length
    const shown = tokens[index]
    if (shown === undefined) continue
    const wasUsedAt = shown.usedAt
    const verdict = RefreshToken.judge(
      {
        usedAt: wasUsedAt,
        successorUsed: tokens.some(({ parent, usedAt }) => parent === index && usedAt !== undefined),
        sessionExpiresAt: lifetime,
        sessionRevoked: revoked
      },
      now,
      grace
    )
    verdicts.push({ verdict, token: index, wasUsedAt, now })
    if (verdict === "reuse") revoked = true
    if (verdict === "rotate") {
      shown.usedAt ??= now
      tokens.push({ parent: index, usedAt: undefined })
    }
  }
  return { verdicts, revoked, tokens }
}

const Move = Schema.Struct({
  token: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })),
  wait: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20_000 }))
})

describe("a family of refresh tokens", () => {
  it.prop("ends with the first token that comes again too late, and for good", [Schema.Array(Move)], ([moves]) => {
    const { verdicts } = play(moves)
    const end = verdicts.findIndex(({ verdict }) => verdict === "reuse")
    if (end < 0) return
    for (const { verdict } of verdicts.slice(end + 1)) assert.strictEqual(verdict, "revoked")
  })

  it.prop(
    "never gives anything for a token that was used longer ago than the grace",
    [Schema.Array(Move)],
    ([moves]) => {
      for (const { now, verdict, wasUsedAt } of play(moves).verdicts) {
        if (wasUsedAt !== undefined && now - wasUsedAt > grace) assert.notStrictEqual(verdict, "rotate")
      }
    }
  )

  it.prop(
    "finds out a thief: once both have gone on from one token, the second of them ends it",
    [Move],
    ([{ wait }]) => {
      // The thief and the owner both use token 0 within the grace, and have 1 and 2. The owner goes on with 2.
      const { verdicts } = play([
        { token: 0, wait: 0 },
        { token: 0, wait: Math.min(wait, grace) },
        { token: 2, wait: 0 },
        { token: 0, wait: 0 }
      ])
      assert.deepStrictEqual(
        verdicts.map(({ verdict }) => verdict),
        ["rotate", "rotate", "rotate", "reuse"]
      )
    }
  )

  it.prop("goes on for whoever uses each token once, until the session ends", [Schema.Array(Schema.Int)], ([steps]) => {
    const moves = steps.map((_, index) => ({ token: index, wait: 30_000 }))
    for (const { now, verdict } of play(moves).verdicts) {
      assert.strictEqual(verdict, now < lifetime ? "rotate" : "expired")
    }
  })
})
