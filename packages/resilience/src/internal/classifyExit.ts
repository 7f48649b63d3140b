import type { Exit } from "effect"
import type { Outcome } from "../CircuitBreakerState.ts"
import * as Rejection from "./Rejection.ts"

/**
 * The outcome without a classifier: a success is a success, any failure or defect is a failure, and the rejections of our
 * own policies (a full bulkhead, another breaker) are ignored, since they say nothing about the dependency.
 */
export const classifyExit = (exit: Exit.Exit<unknown, unknown>): Outcome =>
  exit._tag === "Success" ? "success" : Rejection.isIn(exit) ? "ignored" : "failure"
