import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { AuditActor, AuditSource } from "@resync/identity/audit/AuditEntry"
import type { Principal } from "@resync/identity/model/Principal"
import * as Correlation from "@resync/telemetry/Correlation"
import { Context, Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as ClientAddress from "../../security/ClientAddress.ts"

/** Who asks for a command, from where, and under which ids it is found. */
export interface Caller {
  readonly principal: Principal
  readonly actor: AuditActor
  readonly source: AuditSource | undefined
  readonly correlationId: string | undefined
  readonly traceId: string | undefined
}

export const actorOf = ({ id, kind, name }: Principal): AuditActor => ({ id, name, kind })

export const sourceOf = (request: HttpServerRequest.HttpServerRequest): AuditSource => {
  const userAgent = request.headers["user-agent"]?.slice(0, 256)
  return { address: ClientAddress.of(request), ...(userAgent === undefined ? {} : { userAgent }) }
}

/** The caller of the current request. */
export const current: Effect.Effect<Caller, never, CurrentPrincipal> = Effect.withFiber((fiber) => {
  const principal = Context.getUnsafe(fiber.context, CurrentPrincipal)
  const request = Context.getOrUndefined(fiber.context, HttpServerRequest.HttpServerRequest)
  return Effect.succeed({
    principal,
    actor: actorOf(principal),
    source: request === undefined ? undefined : sourceOf(request),
    correlationId: fiber.getRef(Correlation.CorrelationId),
    traceId: fiber.cache.span?.traceId
  })
})
