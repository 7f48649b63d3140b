import { describe } from "@effect/vitest"
import { consecutive, consecutiveEdges } from "./cases/breaker.ts"
import { prove } from "./script/prove.ts"

describe("CF: failures in a row", () => {
  prove(consecutive)

  prove(consecutiveEdges)
})
