import type { Answer } from "@resync/rag/model/Answer"
import type { SearchResult } from "@resync/rag/model/Search"
import { Metric } from "effect"

/** From a look-up of an id to a question to a large collection on a busy machine, in seconds. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** How long searches take, by the class of the query and whether vectors helped. */
export const duration = ({ queryClass, vectors }: Pick<SearchResult, "queryClass" | "vectors">) =>
  Metric.histogram("rag.search.duration", {
    description: "Time that searches take",
    boundaries,
    attributes: { query_class: queryClass, vectors: String(vectors), unit: "s" }
  })

/** How questions are answered: by `model` or `extraction`, or why they are not. */
export const answers = (answer: Answer) =>
  Metric.counter("rag.answers", {
    description: "Questions by how they were answered",
    incremental: true,
    attributes: { outcome: answer._tag === "Answered" ? answer.by : answer.reason, unit: "{question}" }
  })
