import { isProblem } from "@resync/api/Problem"
import type { Exit } from "effect"

/** `problem` is an answer like any other, told as a problem; `failure` is what nobody expected, and what was given up. */
export const outcomeOf = (exit: Exit.Exit<unknown, unknown>): "success" | "problem" | "failure" => {
  if (exit._tag === "Success") return "success"
  for (const reason of exit.cause.reasons) if (reason._tag === "Fail" && isProblem(reason.error)) return "problem"
  return "failure"
}
