import * as Resilience from "@resync/resilience/Resilience"
import { Tws } from "@resync/tws/Tws"
import * as TwsHttp from "@resync/tws/TwsHttp"
import { Effect, Layer, Stream } from "effect"

/** Names every failed job, reruns the first, and says whether the plan shows the rerun. */
export const rerunFirstFailed = Effect.gen(function* () {
  const tws = yield* Tws
  const failed = yield* Stream.runCollect(tws.allJobs({ status: ["ERROR"], sort: "name" }))
  const names = failed.map(({ key, name }) => key ?? name)
  const [first] = failed
  if (first === undefined) return { names, rerun: false }

  const accepted = yield* tws.actOnJob(
    first.id,
    { _tag: "Rerun" },
    { justification: { reason: "input file was late", ticket: "INC-4711" } }
  )
  const { confirmed } = yield* tws.confirm(accepted, { within: "1 minute" })
  return { names, rerun: confirmed }
}).pipe(
  Effect.catchTags({
    CircuitOpen: ({ name }) => Effect.logWarning("not asked: the breaker is open", { name }),
    TwsUnavailable: ({ message }) => Effect.logWarning(message)
  })
)

/** Reads TWS_URL, TWS_USER and the rest from the environment. */
export const live = TwsHttp.layerConfig.pipe(Layer.provide(Resilience.layer()))
