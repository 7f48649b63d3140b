import { Metric } from "effect"
import type { Stage } from "./JobEvent.ts"

/** From a short note to a long manual, in seconds. */
const boundaries = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]

/** How long the stages take that a job goes through. */
export const stageDuration = (stage: Stage) =>
  Metric.histogram("rag.ingestion.stage.duration", {
    description: "Time that ingestions spend in a stage",
    boundaries,
    attributes: { stage, unit: "s" }
  })

/** How attempts end: `completed`, `superseded`, `cancelled`, `retried` or the reason of a failure. */
export const attempts = (outcome: string) =>
  Metric.counter("rag.ingestion.attempts", {
    description: "Attempts of ingestions by how they ended",
    incremental: true,
    attributes: { outcome }
  })

export const passages = Metric.counter("rag.ingestion.passages", {
  description: "Passages made searchable",
  incremental: true,
  attributes: { unit: "{passage}" }
})

/** Jobs that wait or are worked on. */
export const depth = (state: "waiting" | "working") =>
  Metric.gauge("rag.ingestion.queue.depth", {
    description: "Ingestions that are not final",
    attributes: { state, unit: "{job}" }
  })

export const age = Metric.gauge("rag.ingestion.queue.age", {
  description: "How long the oldest waiting ingestion has waited since its upload",
  attributes: { unit: "s" }
})
