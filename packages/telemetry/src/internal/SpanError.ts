import type { Cause } from "effect"

/**
 * A word for what went wrong, fit for a label: the tag or the name of the first error, `interrupted` for an
 * interruption.
 */
export const errorTypeOf = (cause: Cause.Cause<unknown>): string => {
  const reason = cause.reasons.find((candidate) => candidate._tag !== "Interrupt")
  if (reason === undefined) return "interrupted"
  const error: unknown = reason._tag === "Fail" ? reason.error : reason.defect
  if (typeof error !== "object" || error === null) return "_OTHER"
  if ("reason" in error && hasTag(error.reason)) return error.reason._tag
  if (hasTag(error)) return error._tag
  return error instanceof Error ? error.name : "_OTHER"
}

const hasTag = (value: unknown): value is { readonly _tag: string } =>
  typeof value === "object" && value !== null && "_tag" in value && typeof value._tag === "string"
