/** The contract of the measured routes, as the gateway's own contract states it. */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { JobAnswer, JobId, JobsAnswer } from "./Model.ts"

export class UpstreamFailed extends Schema.TaggedError<UpstreamFailed>()(
  "UpstreamFailed",
  { detail: Schema.String },
  { httpApiStatus: 502 }
) {}

const limit = Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 1000 }))

export const Contract = HttpApi.make("gateway").add(
  HttpApiGroup.make("tws").add(
    HttpApiEndpoint.get("job", "/api/v1/tws/jobs/:id", {
      params: { id: JobId },
      success: JobAnswer,
      error: UpstreamFailed
    }),
    HttpApiEndpoint.get("jobs", "/api/v1/tws/jobs", {
      query: { limit: Schema.optionalKey(limit) },
      success: JobsAnswer,
      error: UpstreamFailed
    }),
    HttpApiEndpoint.get("bare", "/bare", { success: Schema.Struct({ ok: Schema.Boolean }) })
  )
)
