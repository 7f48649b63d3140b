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
      const line = KeyedLine.make(limits)
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
          if (!line.enter(ticket)) {
            if (permits > limits.perKey || permits > limits.total) continue
            line.queue(ticket)
          }
          present.push(ticket)
        } else if (action._tag === "Leave") {
          const [ticket] = present.splice(action.which % Math.max(1, present.length), 1)
          if (ticket === undefined) continue
          line.leave(ticket)
          if (action.twice) line.leave(ticket)
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
      for (const ticket of present) line.leave(ticket)
      assert.deepStrictEqual([line.taken, line.waiting, line.keys], [0, 0, 0])
    },
    { arbitrary: { runs: 200 } }
  )

  it("BH6 admits a long line whose members leave at once without deepening the stack", () => {
    const limits = { total: 1, perKey: 1 }
    const line = KeyedLine.make(limits)
    const first = KeyedLine.ticket("a", 1)
    line.enter(first)
    let admitted = 0
    for (let i = 0; i < 20_000; i++) {
      const ticket = KeyedLine.ticket(i % 2 === 0 ? "a" : "b", 1)
      ticket.admit = () => {
        admitted++
        line.leave(ticket)
      }
      line.queue(ticket)
    }
    line.leave(first)
    assert.strictEqual(admitted, 20_000)
    assert.strictEqual(line.keys, 0)
  })

  /** A line with these inside, and those that wait in it. */
  const crowd = (limits: KeyedLine.Limits, inside: ReadonlyArray<string>, waiting: ReadonlyArray<string>) => {
    const line = KeyedLine.make(limits)
    const told: Array<string> = []
    const parse = (text: string) => KeyedLine.ticket(text.slice(0, 1), Number(text.slice(1)))
    const held = inside.map(parse)
    for (const ticket of held) assert.isTrue(line.enter(ticket))
    const queued = waiting.map((text) => {
      const ticket = parse(text)
      ticket.admit = () => told.push(text)
      ticket.refuse = () => told.push(`not ${text}`)
      line.queue(ticket)
      return ticket
    })
    /** What the others were told of since the last time. */
    const after = (act: () => void) => {
      act()
      return told.splice(0)
    }
    const at = (tickets: ReadonlyArray<KeyedLine.Ticket>, index: number) => {
      const ticket = tickets[index]
      if (ticket === undefined) throw new Error(`no ticket ${index}`)
      return ticket
    }
    return { line, after, held: (index: number) => at(held, index), queued: (index: number) => at(queued, index) }
  }

  it("BH10 the keys take turns, however many wait in one of them", () => {
    const { after, held, line, queued } = crowd({ total: 1, perKey: 1 }, ["x1"], ["a1", "a1", "a1", "b1", "b1"])
    const served = after(() => line.leave(held(0)))
    for (const index of [0, 3, 1, 4]) served.push(...after(() => line.leave(queued(index))))
    assert.deepStrictEqual(served, ["a1", "b1", "a1", "b1", "a1"])
  })

  it("BH10 all that there is room for go in at once, also of one key", () => {
    const { after, held, line } = crowd({ total: 4, perKey: 2 }, ["x2", "y2"], ["a1", "a1", "a1"])
    assert.deepStrictEqual(
      after(() => line.leave(held(0))),
      ["a1", "a1"]
    )
    assert.deepStrictEqual(line.of("a"), { taken: 2, waiting: 1 })
  })

  it("BH10 nobody goes in before one who waits only for the limit of all", () => {
    const { held, line } = crowd({ total: 3, perKey: 2 }, ["x1", "y2"], ["a2"])
    line.leave(held(0))
    assert.isFalse(line.enter(KeyedLine.ticket("b", 1)))
    assert.deepStrictEqual([line.taken, line.waiting, line.keys], [2, 1, 2])
  })

  it("BH10 who follows one that gave up goes in only if there is room in its key", () => {
    const { after, held, line, queued } = crowd({ total: 4, perKey: 2 }, ["a1", "x2", "y1"], ["a1", "a2"])
    assert.deepStrictEqual(
      after(() => line.leave(queued(0))),
      []
    )
    assert.deepStrictEqual(
      after(() => line.leave(held(1))),
      []
    )
    assert.deepStrictEqual(
      after(() => line.leave(held(0))),
      ["a2"]
    )
  })

  it("BH10 who can never go in is told so once it would be its turn, and once", () => {
    const { after, held, line, queued } = crowd({ total: 4, perKey: 3 }, ["a1", "x3"], ["a2", "a3"])
    assert.deepStrictEqual(
      after(() => line.refresh({ total: 4, perKey: 2 })),
      []
    )
    assert.deepStrictEqual(
      after(() => line.leave(queued(0))),
      ["not a3"]
    )
    assert.strictEqual(queued(1).state, "refused")
    assert.deepStrictEqual(
      after(() => line.leave(queued(1))),
      []
    )
    line.leave(held(0))
    assert.strictEqual(line.keys, 1)
    assert.deepStrictEqual(
      after(() => line.leave(queued(1))),
      []
    )

    const late = KeyedLine.ticket("a", 3)
    let refusals = 0
    late.refuse = () => refusals++
    line.queue(late)
    assert.deepStrictEqual([late.state, refusals, line.waiting, line.keys], ["refused", 1, 0, 1])
  })
})
