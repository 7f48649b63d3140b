import { assert, describe, it } from "@effect/vitest"
import * as Lockout from "@resync/identity/signin/Lockout"
import { Schema } from "effect"

const policy: Lockout.LockoutPolicy = { free: 3, base: 1_000, cap: 60_000, forgetAfter: 600_000 }
const Wait = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 120_000 }))

/** Fails at each of the instants; which attempts were admitted, and the states between. */
const failAll = (waits: ReadonlyArray<number>) => {
  let state = Lockout.initial
  let now = 1_000_000
  const admitted: Array<number> = []
  const locks: Array<number> = []
  for (const wait of waits) {
    now += wait
    const answer = Lockout.attempt(policy, state, now)
    if (answer._tag === "Admitted") {
      state = answer.next
      admitted.push(now)
    } else {
      locks.push(answer.retryAfter)
    }
  }
  return { state, now, admitted, locks }
}

describe("a lockout", () => {
  it.prop("never keeps anybody out for longer than its cap", [Schema.Array(Wait)], ([waits]) => {
    const { locks, now, state } = failAll(waits)
    for (const lock of locks) assert.isTrue(lock > 0 && lock <= policy.cap)
    assert.strictEqual(Lockout.attempt(policy, state, now + policy.cap)._tag, "Admitted")
  })

  it.prop("lets through few guesses, however they are spread", [Schema.Array(Wait)], ([waits]) => {
    const { admitted, now } = failAll(waits)
    // 3 free, some 6 until the waits have grown to the cap, and from there on one for each time of the cap.
    const forgotten = waits.filter((wait) => wait > policy.forgetAfter).length
    assert.isAtMost(admitted.length, (forgotten + 1) * 10 + Math.floor((now - 1_000_000) / policy.cap) + 1)
  })

  it("waits twice as long after each failure", () => {
    let state = Lockout.initial
    const waits: Array<number> = []
    let now = 1_000_000
    for (let i = 0; i < 12; i++) {
      const answer = Lockout.attempt(policy, state, now)
      if (answer._tag === "Locked") throw new Error("locked although it waited")
      state = answer.next
      waits.push(state.lockedUntil - now)
      now = state.lockedUntil
    }
    assert.deepStrictEqual(waits, [0, 0, 1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 6e4, 6e4, 6e4, 6e4])
  })

  it.prop("forgets after a time without failures", [Schema.Array(Wait)], ([waits]) => {
    const { now, state } = failAll(waits)
    const answer = Lockout.attempt(policy, state, now + policy.cap + policy.forgetAfter + 1)
    assert.isTrue(answer._tag === "Admitted" && answer.next.failures === 1)
  })

  it.prop("takes back what succeeded, and nothing else", [Schema.Array(Wait)], ([waits]) => {
    const { now, state } = failAll(waits)
    const at = Math.max(now, state.lockedUntil)
    const answer = Lockout.attempt(policy, state, at)
    if (answer._tag === "Locked") throw new Error("locked although it waited")
    const after = Lockout.takeBack(answer.next)
    assert.strictEqual(after.failures, answer.next.failures - 1)
    assert.isAtMost(after.lockedUntil, at)
  })
})
