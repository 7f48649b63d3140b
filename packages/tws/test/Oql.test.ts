import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as Oql from "../src/Oql.ts"

const text = (condition: Oql.Condition, orderBy?: ReadonlyArray<Oql.OrderBy>) =>
  Result.getOrThrow(Oql.render(condition, orderBy))

const Name = Schema.String.check(Schema.isPattern(/^[A-Z0-9_@-]{1,12}$/))
const Pattern = Schema.String.check(Schema.isPattern(/^[A-B*?]{1,8}$/))
const Candidate = Schema.String.check(Schema.isPattern(/^[A-B]{0,8}$/))

describe("Oql", () => {
  it("writes the vendor's own examples", () => {
    assert.strictEqual(
      text(Oql.and(Oql.equals("name", "MY_NAME"), Oql.matches("folder", "/FOL*")), [
        { field: "name", direction: "desc" }
      ]),
      "name = 'MY_NAME' AND folder LIKE '/FOL@' ORDER BY name DESC"
    )
    assert.strictEqual(text(Oql.isIn("folder", ["/FOL1", "/FOL2"])), "folder IN ['/FOL1', '/FOL2']")
    assert.strictEqual(
      text(Oql.and(Oql.equals("id", "1"), Oql.or(Oql.equals("folder", "/FOL"), Oql.matches("name", "*EXAMPLE*")))),
      "id = '1' AND (folder = '/FOL' OR name LIKE '@EXAMPLE@')"
    )
    assert.strictEqual(text(Oql.and()), "")
    assert.strictEqual(text(Oql.and(), [{ field: "key.name", direction: "asc" }]), "ORDER BY key.name ASC")
    assert.strictEqual(text(Oql.equals("priority", 10)), "priority = 10")
  })

  it("refuses what no parser could be trusted with", () => {
    for (const value of ["x' OR name LIKE '@", 'a"b', "a\\", "a\nb", "\u0000", "\ud800", "x".repeat(256)]) {
      for (const condition of [
        Oql.equals("name", value),
        Oql.isIn("name", [value]),
        Oql.matches("name", `*${value}`)
      ]) {
        const error = Result.getFailure(Oql.render(condition))
        assert.strictEqual(error._tag, "Some", value)
      }
    }
    assert.isTrue(Result.isFailure(Oql.render(Oql.equals("name = '1' OR x", "1"))))
    assert.isTrue(Result.isFailure(Oql.render(Oql.equals("priority", 1.5))))
  })

  it.effect.prop("puts every name into exactly one literal", [Name], ([name]) =>
    Effect.sync(() => {
      assert.strictEqual(text(Oql.equals("name", name)), `name = '${name}'`)
    })
  )

  it.effect.prop("matches as the pattern's regular expression does", [Pattern, Candidate], ([pattern, candidate]) =>
    Effect.sync(() => {
      const expected = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(candidate)
      assert.strictEqual(Oql.matcher(pattern)(candidate), expected)
    })
  )

  it("knows when LIKE says too much", () => {
    assert.isTrue(Oql.isExact("A*"))
    assert.isTrue(Oql.isExact("A@B"))
    assert.isFalse(Oql.isExact("A?"))
    assert.isFalse(Oql.isExact("A@*"))
  })

  it("is not slow on a pattern made to be", () => {
    const matches = Oql.matcher(`${"*A".repeat(100)}B`)
    assert.isFalse(matches("A".repeat(5000)))
  })
})
