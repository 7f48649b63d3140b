import { Effect, Redacted, Result } from "effect"
import { Base64 } from "effect/encoding"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { type RequestedChange, RequestStats } from "../RequestStats.ts"
import { Simulator } from "../Simulator.ts"
import type { Account } from "../SimulatorOptions.ts"
import { apiError } from "../wire/ApiError.ts"
import { errorResponse } from "./Exchange.ts"

const unauthorized = errorResponse(
  apiError(401, "AuthenticationException", "AWSJCO010E The user credentials are missing or not valid.")
)

const forbidden = (user: string, method: string, path: string) =>
  errorResponse(
    apiError(403, "SecurityException", `AWSJCO025E User "${user}" is not authorized to perform ${method} on "${path}".`)
  )

const basic = (accounts: ReadonlyArray<Account>, value: string): Account | undefined => {
  const decoded = Base64.decodeString(value)
  if (Result.isFailure(decoded)) return undefined
  const colon = decoded.success.indexOf(":")
  const user = decoded.success.slice(0, colon)
  const password = decoded.success.slice(colon + 1)
  return accounts.find((account) => account.user === user && Redacted.value(account.password) === password)
}

/** The account that an `Authorization` header stands for. */
export const signIn = (accounts: ReadonlyArray<Account>, header: string | undefined): Account | undefined => {
  const [, scheme = "", value = ""] = /^(\S+)\s+(\S+)\s*$/.exec(header ?? "") ?? []
  switch (scheme.toLowerCase()) {
    case "basic":
      return basic(accounts, value)
    case "bearer":
      return accounts.find((account) => account.token !== undefined && Redacted.value(account.token) === value)
    default:
      return undefined
  }
}

/** V1 queries by POST, so reading cannot be told by the method alone. */
const isRead = (method: string, path: string): boolean =>
  method === "GET" ||
  method === "HEAD" ||
  (method === "POST" && /\/(query|query_next|issues|summary_info|query_[a-z_]*chain|convert|convertOne)$/.test(path))

const changeOf = (user: string, request: HttpServerRequest.HttpServerRequest, path: string): RequestedChange => {
  const { headers, method } = request
  const category = headers["justification-category"]
  const description = headers["justification-description"]
  const ticket = headers["justification-ticket-num"]
  return {
    user,
    method,
    path,
    ...(category === undefined ? {} : { category }),
    ...(description === undefined ? {} : { description }),
    ...(ticket === undefined ? {} : { ticket })
  }
}

/** Lets only signed-in accounts into the API, and viewers only to what changes nothing. */
export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const { options } = yield* Simulator
    const stats = yield* RequestStats
    return (httpEffect) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const path = request.url.split("?")[0] ?? request.url
        const account = signIn(options.accounts, request.headers["authorization"])
        if (account === undefined) return unauthorized
        if (account.role === "viewer" && !isRead(request.method, path)) {
          return forbidden(account.user, request.method, path)
        }
        if (!isRead(request.method, path)) yield* stats.change(changeOf(account.user, request, path))
        return yield* httpEffect
      })
  })
).layer
