import { it } from "@effect/vitest"
import type { BreakerCase } from "./BreakerCase.ts"
import { resync } from "./resync.ts"
import { runBreakerCase, runTimedCase } from "./Subject.ts"
import type { TimedCase } from "./TimedCase.ts"

/** Each scripted case is a test under its name. */
export const prove = (cases: ReadonlyArray<BreakerCase | TimedCase>): void => {
  for (const scripted of cases) {
    it.effect(`${scripted.id}: ${scripted.says}`, () =>
      "steps" in scripted ? runBreakerCase(resync, scripted) : runTimedCase(resync, scripted)
    )
  }
}
