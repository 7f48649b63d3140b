import { Result } from "effect"

export type OqlToken =
  | { readonly _tag: "Word"; readonly text: string; readonly at: number }
  | { readonly _tag: "Text"; readonly value: string; readonly at: number }
  | { readonly _tag: "Number"; readonly value: number; readonly at: number }
  | { readonly _tag: "Symbol"; readonly text: string; readonly at: number }

/** Why a query cannot be read, and where in its text. */
export interface OqlSyntaxError {
  readonly reason: string
  readonly at: number
}

const patterns = {
  space: /\s+/y,
  /** A literal in quotes; a quote within is doubled. */
  text: /'((?:[^']|'')*)'/y,
  /** ISO-8601 instants and durations may stand without quotes. */
  time: /\d{4}-\d{2}-\d{2}T[\d:.]+Z|P(?:\d+[DHMS]|T)[\dDHMS.T]*(?![\w.])/y,
  number: /-?\d+(?:\.\d+)?(?![\w.])/y,
  word: /[A-Za-z][\w.-]*/y,
  symbol: /!=|<>|<=|>=|[=<>()[\],]/y
} as const

/** Cuts a query into tokens. */
export const tokenize = (source: string): Result.Result<ReadonlyArray<OqlToken>, OqlSyntaxError> => {
  const tokens: Array<OqlToken> = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }
  while (at < source.length) {
    const found =
      take(patterns.space) ??
      push(tokens, take(patterns.text), (match) => ({
        _tag: "Text",
        value: (match[1] ?? "").replaceAll("''", "'"),
        at
      })) ??
      push(tokens, take(patterns.time), (match) => ({ _tag: "Text", value: match[0], at })) ??
      push(tokens, take(patterns.number), (match) => ({ _tag: "Number", value: Number(match[0]), at })) ??
      push(tokens, take(patterns.word), (match) => ({ _tag: "Word", text: match[0], at })) ??
      push(tokens, take(patterns.symbol), (match) => ({ _tag: "Symbol", text: match[0], at }))
    if (found === null) return Result.fail({ reason: `unexpected "${source.charAt(at)}"`, at })
    at += found[0].length
  }
  return Result.succeed(tokens)
}

const push = (
  tokens: Array<OqlToken>,
  match: RegExpExecArray | null,
  make: (match: RegExpExecArray) => OqlToken
): RegExpExecArray | null => {
  if (match !== null) tokens.push(make(match))
  return match
}
