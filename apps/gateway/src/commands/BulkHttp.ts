import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import { PreviewBulk, RunBulk } from "./BulkKinds.ts"
import { runOver } from "./http/runOver.ts"
import { Commands } from "./pipeline/Commands.ts"

/** A filter instead of an id. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    const run = runOver(yield* Commands)
    return HttpApiBuilder.group(Api, "bulk", (handlers) =>
      handlers.handleAll({
        previewBulk: ({ payload }) => ask(PreviewBulk, payload),
        runBulk: (input) =>
          Effect.map(run(RunBulk, input.payload, input), (ran) => (ran._tag === "Awaiting" ? ran.awaiting : ran.answer))
      })
    )
  })
)
