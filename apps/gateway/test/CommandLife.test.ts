import { assert, describe, it } from "@effect/vitest"
import { CommandState } from "@resync/api/Command"
import { Schema } from "effect"
import { type CommandEvent, isFinal, life, step } from "../src/commands/pipeline/CommandLife.ts"

const Event = Schema.Literals(Object.keys(life) as [CommandEvent, ...Array<CommandEvent>])
const Events = Schema.Array(Event).check(Schema.isMaxLength(40))
const Start = Schema.Literals(["sending", "awaitingApproval"])

const after = (start: CommandState, events: ReadonlyArray<CommandEvent>) => {
  const states: Array<CommandState> = [start]
  for (const event of events) states.push(step(states.at(-1) as CommandState, event) ?? (states.at(-1) as CommandState))
  return states
}

describe("the life of a command", () => {
  it.prop("is never sent twice, whatever happens in whatever order", [Start, Events], ([start, events]) => {
    const states = after(start, events)
    const begun = states.filter((state, index) => state === "sending" && states[index - 1] !== "sending")
    assert.isAtMost(begun.length, 1)
  })

  it.prop("does not go on once it has ended", [Start, Events], ([start, events]) => {
    const states = after(start, events)
    const end = states.findIndex(isFinal)
    if (end >= 0) assert.strictEqual(new Set(states.slice(end)).size, 1)
  })

  it.prop("without an approval never begins where one was asked for", [Events], ([events]) => {
    const states = after(
      "awaitingApproval",
      events.filter((event) => event !== "approve")
    )
    assert.notInclude(states, "sending")
    assert.notInclude(states, "accepted")
  })

  it("knows every state that the interface names", () => {
    const reached = new Set([...Object.values(life).flatMap(({ from, to }) => [...from, to])])
    assert.deepStrictEqual([...reached].sort(), [...CommandState.literals].sort())
  })
})
