/** Problems that only the scheduler can tell about. */
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** What the scheduler said, in its own words. */
const said = { messages: Schema.Array(Schema.String), messageIds: Schema.Array(Schema.String) }

/** The plan shows no such object. It is a mirror that lags: one such answer does not prove that the object is gone. */
export class ObjectNotFound extends HttpApiError.Problem<ObjectNotFound>()(
  "ObjectNotFound",
  { type: Problem.type("object-not-found"), status: 404, title: "The plan shows no such object" },
  { ...Problem.context, kind: Schema.String, id: Schema.String }
) {}

/** The user of the service may not do this at the scheduler. */
export class SchedulerForbids extends HttpApiError.Problem<SchedulerForbids>()(
  "SchedulerForbids",
  { type: Problem.type("scheduler-forbids"), status: 403, title: "The scheduler forbids this" },
  { ...Problem.context, ...said }
) {}

/** The submission clashes with an object that exists. */
export class SchedulerConflict extends HttpApiError.Problem<SchedulerConflict>()(
  "SchedulerConflict",
  { type: Problem.type("scheduler-conflict"), status: 409, title: "The scheduler sees a conflict" },
  { ...Problem.context, ...said }
) {}

/** The scheduler understood the request and will not do it. */
export class SchedulerRejected extends HttpApiError.Problem<SchedulerRejected>()(
  "SchedulerRejected",
  { type: Problem.type("scheduler-rejected"), status: 422, title: "The scheduler refused the request" },
  { ...Problem.context, ...said }
) {}
