import { Audit } from "@resync/identity/audit/Audit"
import type { AuditActor, AuditTarget } from "@resync/identity/audit/AuditEntry"
import * as Correlation from "@resync/telemetry/Correlation"
import { Context, Effect, Layer, Metric, Schedule, type Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import { sourceOf } from "../commands/pipeline/Caller.ts"
import * as ClientAddress from "../security/ClientAddress.ts"

/** Somebody was refused who would have come in. */
export interface Refusal {
  /** `auth.login` for example. */
  readonly action: string
  /** The user or the session that it was about, where that is known. */
  readonly target?: AuditTarget | undefined
  /** Why; never what was typed, which may be a password in the wrong field. */
  readonly detail: { readonly reason: string; readonly [member: string]: Schema.Json }
}

/** How many entries a minute: from one address, and in all. What is more is counted, and told in one entry. */
const perAddress = 20
const inAll = 300
const window = "1 minute"

const refusals = Metric.counter("resync.security.refusals", {
  description: "Sign-ins and credentials that were refused, by what was tried and whether it is in the audit trail",
  incremental: true
})

const nobody: AuditActor = { id: "unknown", kind: "user", name: "unknown" }

/** Refused sign-ins and credentials in the audit trail, as many as it can bear: who guesses must not fill it. */
export class SecurityEvents extends Context.Service<
  SecurityEvents,
  {
    /** Writes a refusal down. Where that fails it is in the log; the refusal stands all the same. */
    readonly refused: (refusal: Refusal) => Effect.Effect<void, never, HttpServerRequest.HttpServerRequest>
  }
>()("@resync/gateway/SecurityEvents") {
  static readonly layer = Layer.effect(
    SecurityEvents,
    Effect.gen(function* () {
      const audit = yield* Audit
      const byAddress = new Map<string, number>()
      const left = new Map<string, number>()
      let written = 0

      /** Whether the trail has it. A refusal stands, and what comes after it is written, whatever becomes of it. */
      const append = (drafts: Parameters<typeof audit.append>[0]) =>
        audit.append(drafts).pipe(
          Effect.as(true),
          Effect.catchCause((cause) =>
            Effect.as(Effect.logError("A refusal could not be written to the audit trail", cause), false)
          )
        )
      const leave = (action: string, count: number) => left.set(action, (left.get(action) ?? 0) + count)

      /** Whether there is room for another entry from an address. */
      const admit = (address: string): boolean => {
        const count = byAddress.get(address) ?? 0
        if (count >= perAddress || written >= inAll) return false
        byAddress.set(address, count + 1)
        written++
        return true
      }

      const refused = Effect.fnUntraced(function* ({ action, detail, target }: Refusal) {
        const request = yield* HttpServerRequest.HttpServerRequest
        const admitted = admit(ClientAddress.bucketOfClient(request))
        yield* Metric.update(Metric.withAttributes(refusals, { action, audited: String(admitted) }), 1)
        if (!admitted) {
          leave(action, 1)
          return
        }
        const correlationId = yield* Effect.withFiber((fiber) =>
          Effect.succeed(fiber.getRef(Correlation.CorrelationId))
        )
        yield* append([
          {
            action,
            phase: "event",
            outcome: "refused",
            actor: nobody,
            source: sourceOf(request),
            detail,
            ...(target === undefined ? {} : { target }),
            ...(correlationId === undefined ? {} : { correlationId })
          }
        ])
      })

      /** Begins another minute, and tells how many found no room in the last one. */
      const turn = Effect.suspend(() => {
        const counts = Object.fromEntries(left)
        byAddress.clear()
        left.clear()
        written = 0
        if (Object.keys(counts).length === 0) return Effect.void
        return Effect.map(
          append([
            { action: "auth.refusals", phase: "event", outcome: "refused", actor: nobody, detail: { more: counts } }
          ]),
          (told) => {
            // They are told with those of the next one.
            if (!told) for (const [action, count] of Object.entries(counts)) leave(action, count)
          }
        )
      })
      yield* Effect.forkScoped(Effect.schedule(turn, Schedule.spaced(window)))

      return SecurityEvents.of({ refused })
    })
  )
}
