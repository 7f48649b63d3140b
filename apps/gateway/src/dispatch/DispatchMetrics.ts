import { type Context, Metric } from "effect"

const boundaries = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30]

/** The durations of one kind of query or command, a series for each way to end. Made once, so that a call pays for no look-up. */
export const make = (side: "query" | "command", name: string) => {
  const series = (outcome: "success" | "problem" | "failure") =>
    Metric.histogram(`resync.${side}.duration`, {
      description:
        side === "query" ? "Duration of queries by kind and outcome" : "Duration of commands by kind and outcome",
      boundaries,
      attributes: { [side]: name, outcome, unit: "s" }
    })
  const [success, problem, failure] = [series("success"), series("problem"), series("failure")]
  return {
    record: (outcome: "success" | "problem" | "failure", seconds: number, context: Context.Context<never>): void =>
      (outcome === "success" ? success : outcome === "problem" ? problem : failure).updateUnsafe(seconds, context)
  }
}
export type DispatchMetrics = ReturnType<typeof make>
