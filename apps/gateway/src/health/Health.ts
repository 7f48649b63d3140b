import type { Component, Health as HealthReport, Readiness } from "@resync/api/Health"
import { ShuttingDown } from "@resync/api/ServiceProblems"
import { Rag } from "@resync/rag/Rag"
import * as CircuitBreakerHealth from "@resync/resilience/CircuitBreakerHealth"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import { Store } from "@resync/store/Store"
import type { Reachability } from "@resync/tws/model/Reachability"
import { Tws } from "@resync/tws/Tws"
import { Context, DateTime, Duration, Effect, Layer, Option, Ref, Stream } from "effect"
import { Drain } from "../process/Drain.ts"
import { version } from "../Version.ts"
import * as Probe from "./Probe.ts"

const scheduler = (seen: Reachability): Component => {
  switch (seen._tag) {
    case "Reachable":
      return {
        status: "up",
        checkedAt: seen.checkedAt,
        details: { host: seen.host, latencyMillis: Math.round(Duration.toMillis(seen.latency)) }
      }
    case "Unreachable":
      return {
        status: "down",
        checkedAt: seen.checkedAt,
        reason: `unreachable since ${DateTime.formatIso(seen.since)}: ${seen.reason}`
      }
    case "Unknown":
      return { status: "degraded", reason: "not asked yet" }
  }
}

const breakers = (health: CircuitBreakerHealth.CircuitBreakerHealth): Component => {
  if (health.status !== "CIRCUIT_OPEN") return { status: "up" }
  const open = health.breakers.filter(({ state }) => state !== "HALF_OPEN").map(({ name }) => name)
  return { status: "degraded", reason: `open: ${[...new Set(open)].join(", ")}` }
}

const reasonsOf = (components: Readonly<Record<string, Component>>) =>
  Object.entries(components).flatMap(([name, { reason, status }]) =>
    status === "up" ? [] : [`${name}: ${reason ?? status}`]
  )

/**
 * How the service is. Without the scheduler or the knowledge base it is degraded and not down: it serves what it has read
 * before, and a load balancer that took it out would take all its siblings out too.
 */
export class Health extends Context.Service<
  Health,
  {
    readonly ready: Effect.Effect<Readiness, ShuttingDown>
    readonly report: Effect.Effect<HealthReport>
  }
>()("@resync/gateway/Health") {
  static readonly layer = Layer.effect(
    Health,
    Effect.gen(function* () {
      const tws = yield* Tws
      const rag = yield* Rag
      const store = yield* Effect.serviceOption(Store)
      const registry = yield* CircuitBreakerRegistry
      const drain = yield* Drain
      const startedAt = yield* DateTime.now
      const seen = yield* Ref.make<Reachability>({ _tag: "Unknown" })
      const knowledge = yield* Probe.every(Effect.as(rag.documents({ limit: 1 }), undefined))
      const stored = Option.isNone(store)
        ? undefined
        : yield* Probe.every(
            Effect.map(store.value.health, ({ engine, location, sizeBytes, vectorVersion, version }) => ({
              engine,
              location,
              version,
              vectorVersion,
              sizeBytes
            }))
          )
      yield* tws.reachability.pipe(
        Stream.runForEach((now) => Ref.set(seen, now)),
        Effect.forkScoped
      )

      const look = Effect.gen(function* () {
        const snapshots = yield* registry.snapshot
        const components: Readonly<Record<string, Component>> = {
          scheduler: scheduler(yield* Ref.get(seen)),
          knowledge: yield* knowledge.latest,
          ...(stored === undefined ? {} : { store: yield* stored.latest }),
          breakers: breakers(CircuitBreakerHealth.of(snapshots))
        }
        return { snapshots, components, reasons: reasonsOf(components) }
      })

      const ready = Effect.gen(function* () {
        if (drain.draining()) return yield* new ShuttingDown({ retryAfter: 1 })
        const { reasons } = yield* look
        return { status: reasons.length === 0 ? "up" : "degraded", reasons } as const
      })

      const report = Effect.gen(function* () {
        const { components, reasons, snapshots } = yield* look
        const now = yield* DateTime.now
        return {
          status: reasons.length === 0 ? "up" : "degraded",
          reasons,
          version,
          startedAt,
          uptime: DateTime.distance(startedAt, now),
          components,
          breakers: snapshots.map(({ name, state }) => ({ name, state }))
        } as const
      })

      return Health.of({ ready, report })
    })
  )
}
