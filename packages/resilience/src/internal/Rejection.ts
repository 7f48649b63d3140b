import { type Exit, Predicate } from "effect"

/**
 * Marks the errors by which our own policies refuse a call. They say nothing about the dependency: no enclosing breaker
 * counts them and no retry repeats them unless told to.
 */
export const TypeId = "~@resync/resilience/Rejection"

export const is = (u: unknown): boolean => {
  // What wraps an error keeps it as its cause, and means the same.
  for (let error = u, depth = 0; depth < 8 && Predicate.isObject(error); depth++) {
    if (TypeId in error) return true
    error = "cause" in error ? error["cause"] : undefined
  }
  return false
}

/** Whether an exit is such a refusal. */
export const isIn = (exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" && exit.cause.reasons.some((reason) => reason._tag === "Fail" && is(reason.error))
