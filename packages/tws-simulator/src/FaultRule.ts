import { Schema } from "effect"

/** A latency in milliseconds: fixed, spread evenly, or exponential about a mean. */
export const Latency = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("fixed"), millis: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)) }),
  Schema.Struct({
    kind: Schema.Literal("uniform"),
    min: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
    max: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
  }),
  Schema.Struct({ kind: Schema.Literal("exponential"), mean: Schema.Finite.check(Schema.isGreaterThan(0)) })
])
export type Latency = typeof Latency.Type

/** What goes wrong with a request. */
export const FaultAction = Schema.Union([
  /** The answer is right and comes late. */
  Schema.Struct({ kind: Schema.Literal("latency"), latency: Latency }),
  /** This status in place of the answer, with `Retry-After` in seconds if given. */
  Schema.Struct({
    kind: Schema.Literal("status"),
    status: Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 })),
    retryAfter: Schema.optionalKey(Schema.Int)
  }),
  /** The connection is reset before anything is answered. */
  Schema.Struct({ kind: Schema.Literal("reset") }),
  /** Nothing is ever answered; the connection stays open. */
  Schema.Struct({ kind: Schema.Literal("hang") }),
  /** The head promises the whole body, and the connection breaks in the middle of it. */
  Schema.Struct({ kind: Schema.Literal("truncate") }),
  /** The body has the right length and cannot be read. */
  Schema.Struct({ kind: Schema.Literal("garble") }),
  /** The body comes a few bytes at a time. */
  Schema.Struct({
    kind: Schema.Literal("drip"),
    bytes: Schema.Int.check(Schema.isGreaterThan(0)),
    everyMillis: Schema.Finite.check(Schema.isGreaterThan(0))
  })
])
export type FaultAction = typeof FaultAction.Type

/**
 * One fault: which requests it meets, how often, and what it does. The first rule that applies to a request decides,
 * except that latency adds up with what follows it.
 */
export const FaultRule = Schema.Struct({
  /** A path with `*` for any text, for example `/twsd/api/v2/plan/job*`. Default: the whole API. */
  path: Schema.optionalKey(Schema.NonEmptyString),
  method: Schema.optionalKey(Schema.Literals(["GET", "POST", "PUT", "PATCH", "DELETE"])),
  /** The share of matching requests that are met, 0 to 1. Default 1. */
  probability: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  /** How many requests are met before the rule is used up. Default: no end. */
  count: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  action: FaultAction
})
export type FaultRule = typeof FaultRule.Type

/** True when a path is one that the pattern means. */
export const matchesPath = (pattern: string | undefined, path: string): boolean => {
  if (pattern === undefined) return path.startsWith("/twsd")
  const parts = pattern.split("*")
  const first = parts[0] ?? ""
  if (parts.length === 1) return path === pattern
  if (!path.startsWith(first)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = path.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  const last = parts.at(-1) ?? ""
  return path.length - last.length >= at && path.endsWith(last)
}
