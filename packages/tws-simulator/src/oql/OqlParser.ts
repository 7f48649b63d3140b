import { Result } from "effect"
import type { Oql, OqlCondition, OqlOperator, OqlOrder, OqlValue } from "./Oql.ts"
import { type OqlSyntaxError, type OqlToken, tokenize } from "./OqlToken.ts"

/** Fields that the server knows but refuses to filter by; ordering by them works. */
const refused = new Set(["key.name", "key.folder", "key.workstation"])

const operators: Readonly<Record<string, OqlOperator>> = {
  "=": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">="
}

/** Deeper nesting than this is refused rather than followed. */
const maxDepth = 200

type Parsed<A> = Result.Result<A, OqlSyntaxError>

class Reader {
  readonly #tokens: ReadonlyArray<OqlToken>
  readonly #end: number
  #next = 0

  constructor(tokens: ReadonlyArray<OqlToken>, end: number) {
    this.#tokens = tokens
    this.#end = end
  }

  peek(): OqlToken | undefined {
    return this.#tokens[this.#next]
  }

  take(): OqlToken | undefined {
    return this.#tokens[this.#next++]
  }

  keyword(...names: ReadonlyArray<string>): boolean {
    const matched = names.every((name, index) => {
      const token = this.#tokens[this.#next + index]
      return token?._tag === "Word" && token.text.toUpperCase() === name
    })
    if (matched) this.#next += names.length
    return matched
  }

  symbol(text: string): boolean {
    const token = this.peek()
    const matched = token?._tag === "Symbol" && token.text === text
    if (matched) this.#next++
    return matched
  }

  fail(expected: string): Result.Result<never, OqlSyntaxError> {
    return Result.fail({ reason: `${expected} expected`, at: this.peek()?.at ?? this.#end })
  }
}

/** Reads a query of the Orchestration Query Language. Empty text selects everything. */
export const parse = (source: string): Parsed<Oql> =>
  Result.gen(function* () {
    const tokens = yield* tokenize(source)
    const reader = new Reader(tokens, source.length)
    const where = startsOrder(reader) ? undefined : yield* parseOr(reader, 0)
    const orderBy = yield* parseOrderBy(reader)
    if (reader.peek() !== undefined) return yield* reader.fail("end of the query")
    return { where, orderBy }
  })

const startsOrder = (reader: Reader): boolean => {
  const token = reader.peek()
  return token === undefined || (token._tag === "Word" && token.text.toUpperCase() === "ORDER")
}

const parseOr = (reader: Reader, depth: number): Parsed<OqlCondition> =>
  Result.gen(function* () {
    let left = yield* parseAnd(reader, depth)
    while (reader.keyword("OR")) left = { _tag: "Or", left, right: yield* parseAnd(reader, depth) }
    return left
  })

const parseAnd = (reader: Reader, depth: number): Parsed<OqlCondition> =>
  Result.gen(function* () {
    let left = yield* parseUnary(reader, depth)
    while (reader.keyword("AND")) left = { _tag: "And", left, right: yield* parseUnary(reader, depth) }
    return left
  })

const parseUnary = (reader: Reader, depth: number): Parsed<OqlCondition> => {
  if (depth > maxDepth) return reader.fail("a simpler condition")
  if (reader.keyword("NOT")) {
    return Result.map(parseUnary(reader, depth + 1), (condition) => ({ _tag: "Not", condition }))
  }
  if (!reader.symbol("(")) return parseComparison(reader)
  return Result.gen(function* () {
    const inner = yield* parseOr(reader, depth + 1)
    return reader.symbol(")") ? inner : yield* reader.fail('")"')
  })
}

const parseComparison = (reader: Reader): Parsed<OqlCondition> =>
  Result.gen(function* () {
    const field = yield* parseField(reader)
    if (refused.has(field))
      return yield* Result.fail({ reason: `the field ${field} cannot be used in a filter`, at: 0 })
    const negated = reader.keyword("NOT")
    const condition = yield* parseOperation(reader, field)
    return negated ? { _tag: "Not", condition } : condition
  })

const parseOperation = (reader: Reader, field: string): Parsed<OqlCondition> =>
  Result.gen(function* () {
    if (reader.keyword("LIKE")) {
      const token = reader.take()
      if (token?._tag !== "Text") return yield* reader.fail("a text in quotes after LIKE")
      return { _tag: "Like", field, pattern: token.value }
    }
    if (reader.keyword("IN")) return { _tag: "In", field, values: yield* parseList(reader) }
    const token = reader.take()
    const operator = token?._tag === "Symbol" ? operators[token.text] : undefined
    if (operator === undefined) return yield* reader.fail("an operator")
    return { _tag: "Compare", field, operator, value: yield* parseValue(reader) }
  })

const parseField = (reader: Reader): Parsed<string> => {
  const token = reader.take()
  return token?._tag === "Word" ? Result.succeed(token.text) : reader.fail("a field")
}

const parseValue = (reader: Reader): Parsed<OqlValue> => {
  const token = reader.take()
  if (token?._tag === "Text" || token?._tag === "Number") return Result.succeed(token.value)
  if (token?._tag === "Word") {
    const word = token.text.toLowerCase()
    if (word === "true" || word === "false") return Result.succeed(word === "true")
  }
  return reader.fail("a value")
}

const parseList = (reader: Reader): Parsed<ReadonlyArray<OqlValue>> =>
  Result.gen(function* () {
    if (!reader.symbol("[")) return yield* reader.fail('"["')
    const values: Array<OqlValue> = []
    if (reader.symbol("]")) return values
    do values.push(yield* parseValue(reader))
    while (reader.symbol(","))
    return reader.symbol("]") ? values : yield* reader.fail('"]"')
  })

const parseOrderBy = (reader: Reader): Parsed<ReadonlyArray<OqlOrder>> =>
  Result.gen(function* () {
    if (!reader.keyword("ORDER", "BY")) return []
    const orders: Array<OqlOrder> = []
    do {
      const field = yield* parseField(reader)
      const descending = reader.keyword("DESC")
      if (!descending) reader.keyword("ASC")
      orders.push({ field, descending })
    } while (reader.symbol(","))
    return orders
  })
