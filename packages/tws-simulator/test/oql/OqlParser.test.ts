import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { format, type Oql, type OqlCondition } from "../../src/oql/Oql.ts"
import { predicate, requiredValues, rowOrder, valuesAt } from "../../src/oql/OqlEvaluate.ts"
import { parse } from "../../src/oql/OqlParser.ts"

const parsed = (text: string): Oql => {
  const result = parse(text)
  if (Result.isFailure(result)) throw new Error(`${text}: ${result.failure.reason} at ${result.failure.at}`)
  return result.success
}

const Field = Schema.Literals(["name", "folder", "priority", "jobruns.compositeStatus.status", "a-b.c_1"])
const Value = Schema.Union([Schema.String, Schema.Int, Schema.Boolean])
const Leaf = Schema.Union([
  Schema.Struct({
    _tag: Schema.tag("Compare"),
    field: Field,
    operator: Schema.Literals(["=", "!=", "<", "<=", ">", ">="]),
    value: Value
  }),
  Schema.Struct({ _tag: Schema.tag("Like"), field: Field, pattern: Schema.String }),
  Schema.Struct({ _tag: Schema.tag("In"), field: Field, values: Schema.Array(Value) })
])
const Shape = Schema.Struct({
  leaves: Schema.NonEmptyArray(Leaf),
  joins: Schema.Array(Schema.Literals(["And", "Or", "Not"]))
})

/** Folds leaves into a tree whose form the joins decide. */
const tree = ({ joins, leaves }: typeof Shape.Type): OqlCondition => {
  const [first, ...rest] = leaves
  return rest.reduce<OqlCondition>((left, right, index) => {
    const join = joins[index % Math.max(1, joins.length)] ?? "And"
    return join === "Not" ? { _tag: "And", left: { _tag: "Not", condition: left }, right } : { _tag: join, left, right }
  }, first)
}

describe("OQL", () => {
  it.prop("reads back what it writes", [Shape], ([shape]) => {
    const query: Oql = { where: tree(shape), orderBy: [{ field: "name", descending: true }] }
    // As JSON, for a negative zero is written as zero.
    assert.strictEqual(JSON.stringify(parsed(format(query))), JSON.stringify(query))
  })

  it.prop("never throws on any text", [Schema.String], ([text]) => {
    assert.isBoolean(Result.isSuccess(parse(text)))
  })

  it("reads the examples of the vendor's description", () => {
    for (const example of [
      "name = 'MY_NAME' AND folder LIKE '/FOL@' ORDER BY name DESC",
      "folder IN ['/FOL1','/FOL2']",
      "id = '3b' AND (folder = '/FOL' OR name LIKE '@EXAMPLE@')",
      "jobruns.compositeStatus.status = 'SUCC'",
      "commonStatus = 'SUCCESSFUL'",
      "activeStates IN ['ONLINE']",
      "dependencies.jobStreamId = '9daec769-0000-4000-8000-000000000000'",
      "ORDER BY key.name ASC",
      ""
    ]) {
      assert.isTrue(Result.isSuccess(parse(example)), example)
    }
  })

  it("refuses key.name in a filter, though not in an order", () => {
    assert.isTrue(Result.isFailure(parse("key.name = 'X'")))
    assert.isTrue(Result.isSuccess(parse("name = 'X' ORDER BY key.name")))
  })

  it("binds AND closer than OR", () => {
    const { where } = parsed("a = 1 OR b = 2 AND c = 3")
    assert.strictEqual(where?._tag, "Or")
  })

  it("says where a query goes wrong", () => {
    const result = parse("name = 'A' AND")
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) assert.strictEqual(result.failure.at, 14)
  })

  it("refuses nesting that would exhaust the stack", () => {
    assert.isTrue(Result.isFailure(parse(`${"(".repeat(100_000)}a = 1`)))
  })

  it("selects through lists on the way", () => {
    const row = { name: "LOAD", jobruns: [{ status: "ABEND" }, { status: "SUCC" }], n: 10 }
    const matches = (text: string): boolean => {
      const { where } = parsed(text)
      return where !== undefined && predicate(where, (path) => (one: unknown) => valuesAt(one, path))(row)
    }
    assert.isTrue(matches("jobruns.status = 'SUCC'"))
    assert.isTrue(matches("name LIKE 'L@D' AND n >= 9"))
    assert.isTrue(matches("NOT name IN ['A', 'B']"))
    assert.isFalse(matches("name = 'load'"))
    assert.isFalse(matches("unknown.field = 'x'"))
  })

  it("orders numbers as numbers and texts as texts", () => {
    const rows = [
      { n: 9, t: "b" },
      { n: 10, t: "a" },
      { n: 10, t: "c" }
    ]
    const order = rowOrder(parsed("ORDER BY n DESC, t").orderBy, (path) => (one: unknown) => valuesAt(one, path))
    const sorted = rows.toSorted((a, b) => order.compare(order.keys(a), order.keys(b)))
    assert.deepStrictEqual(
      sorted.map((row) => row.t),
      ["a", "c", "b"]
    )
  })

  it("knows which ids a query is limited to", () => {
    assert.deepStrictEqual(requiredValues(parsed("name LIKE 'A@' AND id IN ['1', '2']"), "id"), ["1", "2"])
    assert.isUndefined(requiredValues(parsed("id = '1' OR name = 'A'"), "id"))
  })
})
