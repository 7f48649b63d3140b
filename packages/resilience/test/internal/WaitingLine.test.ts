import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as WaitingLine from "../../src/internal/WaitingLine.ts"

const Action = Schema.Union([
  Schema.TaggedStruct("Come", { permits: Schema.Literals([1, 2, 3, 4]) }),
  Schema.TaggedStruct("Leave", { which: Schema.Natural, twice: Schema.Boolean })
])

describe("WaitingLine", () => {
  it.prop(
    "BH6 BH7 never holds more than the limit, admits in order, and ends empty",
    { limit: Schema.Literals([1, 4, 5]), actions: Arbitrary.array(Arbitrary.schema(Action), { maxLength: 60 }) },
    ({ limit, actions }) => {
      const line = WaitingLine.make()
      const present: Array<WaitingLine.Ticket> = []
      let waiting: Array<WaitingLine.Ticket> = []
      for (const action of actions) {
        if (action._tag === "Come") {
          if (action.permits > limit) continue
          const ticket = WaitingLine.ticket(action.permits)
          present.push(ticket)
          if (!line.enter(ticket, limit)) {
            waiting.push(ticket)
            line.queue(ticket)
            WaitingLine.onTurn(ticket, () => assert.strictEqual(waiting.shift(), ticket, "first come, first served"))
          } else assert.lengthOf(waiting, 0, "nobody overtakes")
        } else {
          const [ticket] = present.splice(action.which % Math.max(1, present.length), 1)
          if (ticket === undefined) continue
          waiting = waiting.filter((other) => other !== ticket)
          line.leave(ticket, limit)
          if (action.twice) line.leave(ticket, limit)
        }
        const inside = present.filter((ticket) => ticket.state === "inside")
        const taken = inside.reduce((sum, ticket) => sum + ticket.permits, 0)
        assert.strictEqual(line.taken, taken)
        assert.isAtMost(taken, limit)
        assert.strictEqual(line.waiting, waiting.length)
        const next = waiting[0]
        if (next !== undefined) assert.isAbove(taken + next.permits, limit, "nobody waits for what is free")
      }
      for (const ticket of present) line.leave(ticket, limit)
      assert.strictEqual(line.taken, 0)
      assert.strictEqual(line.waiting, 0)
    },
    { arbitrary: { runs: 100 } }
  )

  it("BH6 a ticket that asks for much is not starved by those that ask for little", () => {
    const line = WaitingLine.make()
    const [one, large, small] = [WaitingLine.ticket(1), WaitingLine.ticket(3), WaitingLine.ticket(1)]
    assert.isTrue(line.enter(one, 3))
    assert.isFalse(line.enter(large, 3))
    line.queue(large)
    assert.isFalse(line.enter(small, 3))
    line.queue(small)
    line.leave(one, 3)
    assert.strictEqual(large.state, "inside")
    assert.strictEqual(small.state, "waiting")
  })

  it("BH6 admits a long line whose members leave at once without deepening the stack", () => {
    const line = WaitingLine.make()
    const first = WaitingLine.ticket(1)
    line.enter(first, 1)
    let admitted = 0
    for (let i = 0; i < 20_000; i++) {
      const ticket = WaitingLine.ticket(1)
      line.queue(ticket)
      WaitingLine.onTurn(ticket, () => {
        admitted++
        line.leave(ticket, 1)
      })
    }
    line.leave(first, 1)
    assert.strictEqual(admitted, 20_000)
    assert.strictEqual(line.taken, 0)
  })

  it("BH6 a turn that comes before anybody listens is not lost", () => {
    const line = WaitingLine.make()
    const [first, second] = [WaitingLine.ticket(1), WaitingLine.ticket(1)]
    line.enter(first, 1)
    line.queue(second)
    line.leave(first, 1)
    let admitted = false
    WaitingLine.onTurn(second, () => {
      admitted = true
    })
    assert.isTrue(admitted)
  })

  it("BH who waits for more than there is by now is refused, out of the line, and told so also later", () => {
    const line = WaitingLine.make()
    const [one, large, small] = [WaitingLine.ticket(1), WaitingLine.ticket(3), WaitingLine.ticket(1)]
    assert.isTrue(line.enter(one, 3))
    for (const ticket of [large, small]) {
      assert.isFalse(line.enter(ticket, 3))
      line.queue(ticket)
    }
    assert.strictEqual(line.waiting, 2)
    line.refresh(1)
    assert.strictEqual(large.state, "refused")
    assert.strictEqual(line.waiting, 1)
    const told: Array<string> = []
    WaitingLine.onTurn(
      large,
      () => told.push("admitted"),
      () => told.push("refused")
    )
    assert.deepStrictEqual(told, ["refused"])
    line.leave(large, 1)
    assert.strictEqual(line.taken, 1)
    line.leave(one, 1)
    WaitingLine.onTurn(
      small,
      () => told.push("admitted"),
      () => told.push("refused")
    )
    assert.deepStrictEqual(told, ["refused", "admitted"])
  })

  it("BH a ticket that has left, or never came, admits nobody by leaving", () => {
    const line = WaitingLine.make()
    const [inside, waiting, stranger] = [WaitingLine.ticket(1), WaitingLine.ticket(1), WaitingLine.ticket(1)]
    assert.isTrue(line.enter(inside, 1))
    assert.isFalse(line.enter(waiting, 1))
    line.queue(waiting)
    line.leave(stranger, 2)
    assert.strictEqual(waiting.state, "waiting")
    const gone = WaitingLine.ticket(1)
    line.queue(gone)
    line.leave(gone, 1)
    line.leave(gone, 2)
    assert.strictEqual(waiting.state, "waiting")
    assert.deepStrictEqual([line.taken, line.waiting], [1, 1])
  })
})
