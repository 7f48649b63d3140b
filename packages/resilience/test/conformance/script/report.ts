import { Cause, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import type { Section } from "../cases/all.ts"
import { Disagrees, Lacks, runBreakerCase, runTimedCase, type Subject } from "./Subject.ts"

/** `differs` is a disagreement with what we chose where libraries choose differently. */
export type Verdict = "passes" | "fails" | "differs" | "lacks"

export interface Finding {
  readonly subject: string
  readonly section: string
  readonly id: string
  readonly says: string
  readonly verdict: Verdict
  /** What it did instead, or what it has not. */
  readonly detail?: string
}

const judge = (
  exit: Exit.Exit<void, Lacks | Disagrees>,
  choice: string | undefined
): Pick<Finding, "verdict" | "detail"> => {
  if (Exit.isSuccess(exit)) return { verdict: "passes" }
  const error = Cause.squash(exit.cause)
  if (error instanceof Lacks) return { verdict: "lacks", detail: error.what }
  const detail = error instanceof Disagrees ? error.detail : String(error)
  return choice === undefined
    ? { verdict: "fails", detail }
    : { verdict: "differs", detail: `${detail}; ours: ${choice}` }
}

/** Puts a library through every case, each on a clock of its own. */
export const examine = (subject: Subject, sections: ReadonlyArray<Section>): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.forEach(
    sections.flatMap(({ cases, title }) => cases.map((scripted) => ({ scripted, title }))),
    ({ scripted, title }) =>
      Effect.map(
        Effect.exit(
          ("steps" in scripted ? runBreakerCase(subject, scripted) : runTimedCase(subject, scripted)).pipe(
            Effect.provide(TestClock.layer())
          )
        ),
        (exit): Finding => ({
          subject: subject.name,
          section: title,
          id: scripted.id,
          says: scripted.says,
          ...judge(exit, scripted.choice)
        })
      )
  )
