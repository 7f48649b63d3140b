import { Predicate } from "effect"

/**
 * Marks the errors by which our own policies refuse a call. They say nothing about the dependency: no enclosing breaker
 * counts them and no retry repeats them unless told to.
 */
export const TypeId = "~@resync/resilience/Rejection"

export const is = (u: unknown): boolean => Predicate.hasProperty(u, TypeId)
