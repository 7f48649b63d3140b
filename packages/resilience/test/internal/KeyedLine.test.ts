import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as KeyedLine from "../../src/internal/KeyedLine.ts"

const Action = Schema.Union([
  Schema.TaggedStruct("Come", { key: Schema.Literals(["a", "b", "c", "d"]), permits: Schema.Literals([1, 1, 2, 3]) }),
  Schema.TaggedStruct("Leave", { which: Schema.Natural, twice: Schema.Boolean }),
  Schema.TaggedStruct("Resize", { total: Schema.Literals([0, 2, 4, 6]), perKey: Schema.Literals([0, 1, 2, 3]) })
])

describe("KeyedLine", () => {
  it.prop(
    "BH10 takes no more than the limits, nobody waits for what is free, and a key is known only while it is in use",
    { actions: Arbitrary.array(Arbitrary.schema(Action), { maxLength: 80 }) },
    ({ actions }) => {
      let limits: KeyedLine.Limits = { total: 4, perKey: 2 }
      const line = KeyedLine.make()
      let present: Array<KeyedLine.Ticket> = []
      const refused = new Set<KeyedLine.Ticket>()
      const by = (state: KeyedLine.Ticket["state"], key?: string) =>
        present.filter((ticket) => ticket.state === state && (key === undefined || ticket.key === key))
      const sum = (tickets: ReadonlyArray<KeyedLine.Ticket>) => tickets.reduce((all, { permits }) => all + permits, 0)
      for (const action of actions) {
        const before = { total: line.taken, limits }
        if (action._tag === "Come") {
          const { key, permits } = action
          const ticket = KeyedLine.ticket(key, permits)
          ticket.refuse = () => refused.add(ticket)
          if (!line.enter(ticket, limits)) {
            if (permits > limits.perKey || permits > limits.total) continue
            line.queue(ticket, limits)
          }
          present.push(ticket)
        } else if (action._tag === "Leave") {
          const [ticket] = present.splice(action.which % Math.max(1, present.length), 1)
          if (ticket === undefined) continue
          line.leave(ticket, limits)
          if (action.twice) line.leave(ticket, limits)
        } else {
          limits = { total: action.total, perKey: action.perKey }
          line.refresh(limits)
        }
        present = present.filter((ticket) => {
          assert.strictEqual(ticket.state === "refused", refused.has(ticket), "who is refused is told")
          return ticket.state !== "refused"
        })
        assert.strictEqual(line.taken, sum(by("inside")))
        assert.strictEqual(line.waiting, by("waiting").length)
        if (line.taken > before.total) assert.isAtMost(line.taken, limits.total)
        const keys = new Set(present.map((ticket) => ticket.key))
        assert.strictEqual(line.keys, keys.size)
        for (const key of keys) {
          const [head] = by("waiting", key)
          const taken = sum(by("inside", key))
          assert.deepStrictEqual(line.of(key), { taken, waiting: by("waiting", key).length })
          if (head === undefined || taken + head.permits > limits.perKey) continue
          // Someone whose turn it is may need more room than this one, but then there is too little for that one.
          assert.isTrue(
            [...keys].some((other) => {
              const [first] = by("waiting", other)
              return first !== undefined && line.taken + first.permits > limits.total
            }),
            "nobody waits for what is free"
          )
        }
      }
      for (const ticket of present) line.leave(ticket, limits)
      assert.deepStrictEqual([line.taken, line.waiting, line.keys], [0, 0, 0])
    },
    { arbitrary: { runs: 200 } }
  )

  it("BH6 admits a long line whose members leave at once without deepening the stack", () => {
    const limits = { total: 1, perKey: 1 }
    const line = KeyedLine.make()
    const first = KeyedLine.ticket("a", 1)
    line.enter(first, limits)
    let admitted = 0
    for (let i = 0; i < 20_000; i++) {
      const ticket = KeyedLine.ticket(i % 2 === 0 ? "a" : "b", 1)
      ticket.admit = () => {
        admitted++
        line.leave(ticket, limits)
      }
      line.queue(ticket, limits)
    }
    line.leave(first, limits)
    assert.strictEqual(admitted, 20_000)
    assert.strictEqual(line.keys, 0)
  })
})
