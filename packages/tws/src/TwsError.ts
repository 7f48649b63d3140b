import { BulkheadFull } from "@resync/resilience/Bulkhead"
import { CircuitOpen } from "@resync/resilience/CircuitOpen"
import { DeadlineExceeded } from "@resync/resilience/Deadline"
import { RateLimitExceeded } from "@resync/resilience/RateLimiter"
import { Duration, Schema } from "effect"

/** What the scheduler said in the body of an error, in whichever of its shapes. */
const said = {
  messages: Schema.Array(Schema.String),
  /** The AWS message ids found in the messages (`AWSBIN076E`), in order and without repeats. */
  messageIds: Schema.Array(Schema.String)
}

/** 401: the credentials are missing, wrong or no longer valid. */
export class TwsUnauthorized extends Schema.TaggedError<TwsUnauthorized>()("TwsUnauthorized", {
  operation: Schema.String,
  ...said
}) {
  override get message() {
    return `The scheduler does not accept the credentials (${this.operation})`
  }
}

/** 403: the user may not do this, or not to this object. */
export class TwsForbidden extends Schema.TaggedError<TwsForbidden>()("TwsForbidden", {
  operation: Schema.String,
  ...said
}) {
  override get message() {
    return `The scheduler forbids ${this.operation}${this.messages.length > 0 ? `: ${this.messages.join(" ")}` : ""}`
  }
}

/**
 * 404: no object of this id. The API reads a mirror of the plan that lags and is rebuilt at the start of each day, so
 * one such answer does not prove that the object is gone.
 */
export class TwsObjectNotFound extends Schema.TaggedError<TwsObjectNotFound>()("TwsObjectNotFound", {
  kind: Schema.Literals(["job", "run", "jobStream", "workstation", "resource", "prompt", "definition"]),
  id: Schema.String
}) {
  override get message() {
    return `The plan shows no ${this.kind} ${this.id}`
  }
}

/** 409: the submission clashes with an object of the same name or alias. */
export class TwsConflict extends Schema.TaggedError<TwsConflict>()("TwsConflict", {
  operation: Schema.String,
  ...said
}) {
  override get message() {
    return `The scheduler sees a conflict in ${this.operation}: ${this.messages.join(" ")}`
  }
}

/** The scheduler understood and refused: another 4xx, or a 5xx that names a rule of the scheduler. */
export class TwsRejected extends Schema.TaggedError<TwsRejected>()("TwsRejected", {
  operation: Schema.String,
  status: Schema.Int,
  exceptionName: Schema.optionalKey(Schema.String),
  ...said
}) {
  override get message() {
    return `The scheduler refused ${this.operation} (${this.status}): ${this.messages.join(" ")}`
  }
}

/** The scheduler could not be reached at any of its hosts, or answered that it cannot serve now. */
export class TwsUnavailable extends Schema.TaggedError<TwsUnavailable>()("TwsUnavailable", {
  operation: Schema.String,
  reason: Schema.Literals(["transport", "status"]),
  status: Schema.optionalKey(Schema.Int),
  /** Whether it is sure that the scheduler has not acted on the call: no connection came about, or it said so. */
  notProcessed: Schema.Boolean,
  /** How long the scheduler asked to be left alone. */
  retryAfter: Schema.optionalKey(Schema.DurationFromMillis),
  detail: Schema.String,
  ...said
}) {
  override get message() {
    const wait = this.retryAfter === undefined ? "" : `, retry after ${Duration.format(this.retryAfter)}`
    return `The scheduler is unavailable for ${this.operation}: ${this.detail}${wait}`
  }
}

/** One attempt took longer than its time limit. An action that timed out may have been done all the same. */
export class TwsTimeout extends Schema.TaggedError<TwsTimeout>()("TwsTimeout", {
  operation: Schema.String,
  timeout: Schema.DurationFromMillis
}) {
  override get message() {
    return `${this.operation} took longer than ${Duration.format(this.timeout)}`
  }
}

/** The scheduler answered something this client cannot read: cut off, not JSON, too large or of another shape. */
export class TwsProtocolError extends Schema.TaggedError<TwsProtocolError>()("TwsProtocolError", {
  operation: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The scheduler's answer to ${this.operation} cannot be read: ${this.detail}`
  }
}

/** The question itself cannot be put to the scheduler; nothing was sent. */
export class TwsInvalidQuery extends Schema.TaggedError<TwsInvalidQuery>()("TwsInvalidQuery", {
  field: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.field}: ${this.reason}`
  }
}

/**
 * What any call to the scheduler can end in: what the scheduler or the way to it did wrong, and the refusals of this
 * side's own policies, which name the policy and, for an open breaker, how long to wait.
 */
export const TwsError = Schema.Union([
  TwsUnauthorized,
  TwsForbidden,
  TwsRejected,
  TwsUnavailable,
  TwsTimeout,
  TwsProtocolError,
  CircuitOpen,
  RateLimitExceeded,
  BulkheadFull,
  DeadlineExceeded
])
export type TwsError = typeof TwsError.Type

/** Whether the failure says that the scheduler is away rather than what it thinks: then an older answer may stand in. */
export const isOutage = (error: { readonly _tag: string }): boolean =>
  error._tag === "TwsUnavailable" ||
  error._tag === "TwsTimeout" ||
  error._tag === "TwsProtocolError" ||
  error._tag === "CircuitOpen" ||
  error._tag === "RateLimitExceeded" ||
  error._tag === "BulkheadFull" ||
  error._tag === "DeadlineExceeded"
