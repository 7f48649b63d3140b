import { Data } from "effect"

/** A refusal in the scheduler's own form: `{ "messages": ["AWS…"], "exceptionName": "…" }` with a status. */
export class ApiError extends Data.TaggedError("ApiError")<{
  readonly status: number
  readonly exceptionName: string
  readonly messages: ReadonlyArray<string>
}> {}

export const apiError = (status: number, exceptionName: string, ...messages: ReadonlyArray<string>): ApiError =>
  new ApiError({ status, exceptionName, messages })

export const notFound = (what: string, id: string): ApiError =>
  apiError(404, "ObjectNotFoundException", `AWSJCO007E The ${what} with identifier "${id}" was not found in the plan.`)

/** Composite ids such as `MDM;JOBS;SLEEP` are not ids of V2. */
export const badKey = (id: string): ApiError =>
  apiError(400, "ConnInvalidKeyException", `AWSBIO006E The key "${id}" is not valid: SCHED-NAME is null.`)

export const badRequest = (message: string): ApiError =>
  apiError(400, "InvalidArgumentException", `AWSJCO084E ${message}`)

export const badFilter = (filter: string, reason: string): ApiError =>
  apiError(400, "OQL_FILTER_SYNTAX_ERROR", `OQL_FILTER_SYNTAX_ERROR: ${reason} in "${filter}"`)

/** The job is in a state that does not allow the action. */
export const wrongState = (message: string): ApiError =>
  apiError(400, "InvalidActionException", `AWSBIN076E ${message}`)

export const isApiError = (value: unknown): value is ApiError => value instanceof ApiError
