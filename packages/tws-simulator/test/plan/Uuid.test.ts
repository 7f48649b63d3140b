import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { decode, encode, IdKind, isUuid } from "../../src/plan/Uuid.ts"

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff_ffff }))

describe("Uuid", () => {
  it.prop("gives back the index it was made from", [Seed, Seed, Seed], ([seed, epoch, index]) => {
    const id = encode(seed, IdKind.job, epoch, index)
    assert.isTrue(isUuid(id))
    assert.strictEqual(decode(seed, IdKind.job, epoch, id), index)
  })

  it("knows ids of another kind, plan or seed as foreign", () => {
    const id = encode(1, IdKind.job, 5, 77)
    assert.isUndefined(decode(1, IdKind.stream, 5, id))
    assert.isUndefined(decode(1, IdKind.job, 6, id))
    assert.isUndefined(decode(2, IdKind.job, 5, id))
    assert.isUndefined(decode(1, IdKind.job, 5, "not-an-id"))
  })

  it("makes no id twice", () => {
    const ids = new Set(Array.from({ length: 20_000 }, (_, index) => encode(42, IdKind.job, 1, index)))
    assert.strictEqual(ids.size, 20_000)
  })
})
