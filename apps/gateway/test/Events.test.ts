import { assert, describe, it } from "@effect/vitest"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import type { Page } from "@resync/tws/model/Page"
import type { Plan } from "@resync/tws/model/Plan"
import type { Reading } from "@resync/tws/model/Reading"
import { Workstation } from "@resync/tws/model/Workstation"
import { DateTime, Duration, Effect, Ref, Schema, Stream, SubscriptionRef } from "effect"
import { Drain } from "../src/process/Drain.ts"
import { open } from "./RawSocket.ts"
import { over, scheduler, TestGateway } from "./TestGateway.ts"
import * as TestOperators from "./TestOperators.ts"

const asOf = DateTime.makeUnsafe("2026-03-04T10:00:00Z")
const reading = <A>(value: A, stale = false): Reading<A> => ({ value, asOf, age: Duration.zero, stale })

const workstation = (linked: boolean) =>
  Schema.decodeUnknownSync(Schema.toCodecJson(Workstation))({
    id: "0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e",
    name: "AGENT1",
    linked,
    running: true,
    states: [],
    flags: [],
    ignored: false
  })

const listen = (path: string, headers = "") =>
  Effect.gen(function* () {
    const { port } = yield* TestGateway
    const socket = yield* open(port)
    yield* socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n${headers}\r\n`)
    yield* socket.until(": open")
    return socket
  })

const fast = { RESYNC_EVENTS_INTERVAL: "20 millis", RESYNC_EVENTS_HEARTBEAT: "50 millis" }

/** A plan of one workstation, which the test links and unlinks, and how often it was read. */
const living = Effect.gen(function* () {
  const linked = yield* SubscriptionRef.make(true)
  const stale = yield* Ref.make(false)
  const broken = yield* Ref.make(false)
  const reads = yield* Ref.make(0)
  const empty: Page<never> = { items: [] }
  const tws = scheduler({
    plan: Effect.succeed(reading<Plan>({ runNumber: 7 })),
    jobs: () => Effect.succeed(reading(empty)),
    jobStreams: () => Effect.succeed(reading(empty)),
    workstations: () =>
      Effect.gen(function* () {
        yield* Ref.update(reads, (n) => n + 1)
        if (yield* Ref.getAndSet(broken, false)) return yield* Effect.die(new Error("a mistake"))
        return reading({ items: [workstation(yield* SubscriptionRef.get(linked))] }, yield* Ref.get(stale))
      })
  })
  return { broken, linked, stale, reads, gateway: over(tws, fast) }
})

const untilRead = (reads: Ref.Ref<number>) =>
  Effect.gen(function* () {
    const before = yield* Ref.get(reads)
    while ((yield* Ref.get(reads)) < before + 2) yield* Effect.sleep("5 millis")
  })

describe("plan events", () => {
  it.live("are sent to who may read their object, and the others' to nobody else", () =>
    Effect.gen(function* () {
      const linked = yield* Ref.make(true)
      const reads = yield* Ref.make(0)
      const agent = (n: number, isLinked: boolean) =>
        Schema.decodeUnknownSync(Schema.toCodecJson(Workstation))({
          id: `0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3${n}`,
          name: `AGENT${n}`,
          linked: isLinked,
          running: true,
          states: [],
          flags: [],
          ignored: false
        })
      const empty: Page<never> = { items: [] }
      const tws = scheduler({
        plan: Effect.succeed(reading<Plan>({ runNumber: 7 })),
        jobs: () => Effect.succeed(reading(empty)),
        jobStreams: () => Effect.succeed(reading(empty)),
        workstations: () =>
          Effect.andThen(
            Ref.update(reads, (n) => n + 1),
            Effect.map(Ref.get(linked), (isLinked) => reading({ items: [agent(1, isLinked), agent(2, isLinked)] }))
          )
      })
      const users = TestOperators.layer(
        TestOperators.operator("all"),
        TestOperators.operator("one", "viewer", [{ workstation: "AGENT1" }]),
        TestOperators.operator("none", "viewer", [{ folder: "/PROD/*" }])
      )
      yield* Effect.gen(function* () {
        const by = (name: string) => listen("/api/v1/tws/events", `x-test-user: ${name}\r\n`)
        const all = yield* by("all")
        const one = yield* by("one")
        const none = yield* by("none")
        yield* untilRead(reads)
        yield* Ref.set(linked, false)
        assert.include(yield* all.until("AGENT2"), "AGENT1")
        assert.notInclude(yield* one.until("AGENT1"), "AGENT2")
        // What comes once more would come after what was left out.
        yield* Ref.set(linked, true)
        assert.include(yield* all.until('"linked":true'), "AGENT1")
        assert.notInclude(yield* one.until('"linked":true'), "AGENT2")
        assert.notInclude(yield* none.until(":\n\n"), "AGENT")
      }).pipe(Effect.scoped, Effect.provide(over(tws, fast, users)))
    })
  )

  it.live("tell every listener what changed, and a listener that comes back what it missed", () =>
    Effect.gen(function* () {
      const { gateway, linked, reads } = yield* living
      yield* Effect.gen(function* () {
        const one = yield* listen("/api/v1/tws/events")
        const two = yield* listen("/api/v1/tws/events")
        yield* untilRead(reads)
        yield* SubscriptionRef.set(linked, false)
        const received = yield* one.until('"linked":false')
        assert.include(received.toLowerCase(), "content-type: text/event-stream")
        assert.match(received, /id: \w+-0\nevent: WorkstationChanged\ndata: \{"_tag":"WorkstationChanged"/)
        yield* two.until('"linked":false')
        yield* SubscriptionRef.set(linked, true)
        const id = (yield* one.until('"linked":true')).match(/id: (\w+-0)\n/)?.[1]
        const again = yield* listen("/api/v1/tws/events", `Last-Event-ID: ${id}\r\n`)
        const replayed = yield* again.until('"linked":true')
        assert.notInclude(replayed, '"linked":false')
      }).pipe(Effect.scoped, Effect.provide(gateway))
    })
  )

  it.live("tell a listener with an id they do not know to read anew", () =>
    Effect.gen(function* () {
      const { gateway } = yield* living
      yield* Effect.gen(function* () {
        const socket = yield* listen("/api/v1/tws/events", "Last-Event-ID: of-another-process\r\n")
        assert.include(yield* socket.until("event: Reset"), "event: Reset")
      }).pipe(Effect.scoped, Effect.provide(gateway))
    })
  )

  it.live("tell nothing from a stale reading", () =>
    Effect.gen(function* () {
      const { gateway, linked, reads, stale } = yield* living
      yield* Effect.gen(function* () {
        const socket = yield* listen("/api/v1/tws/events")
        yield* untilRead(reads)
        yield* Ref.set(stale, true)
        yield* SubscriptionRef.set(linked, false)
        yield* untilRead(reads)
        yield* SubscriptionRef.set(linked, true)
        yield* untilRead(reads)
        yield* Ref.set(stale, false)
        yield* untilRead(reads)
        assert.notInclude(yield* socket.until(":\n\n"), "WorkstationChanged")
      }).pipe(Effect.scoped, Effect.provide(gateway))
    })
  )

  it.live("go on after a defect", () =>
    Effect.gen(function* () {
      const { broken, gateway, linked, reads } = yield* living
      yield* Effect.gen(function* () {
        const socket = yield* listen("/api/v1/tws/events")
        yield* untilRead(reads)
        yield* Ref.set(broken, true)
        yield* untilRead(reads)
        yield* SubscriptionRef.set(linked, false)
        assert.include(yield* socket.until('"linked":false'), "WorkstationChanged")
      }).pipe(Effect.scoped, Effect.provide(gateway))
    })
  )

  it.live("read the plan only while somebody listens", () =>
    Effect.gen(function* () {
      const { gateway, reads } = yield* living
      yield* Effect.gen(function* () {
        yield* Effect.sleep("60 millis")
        assert.strictEqual(yield* Ref.get(reads), 0)
      }).pipe(Effect.provide(gateway))
    })
  )

  it.live("end when the service goes down", () =>
    Effect.gen(function* () {
      const { gateway } = yield* living
      yield* Effect.gen(function* () {
        const socket = yield* listen("/api/v1/tws/events", "Connection: close\r\n")
        const drain = yield* Drain
        yield* drain.begin
        assert.include(yield* socket.closed, "0\r\n\r\n")
      }).pipe(Effect.scoped, Effect.provide(gateway))
    })
  )
})

describe("breaker events", () => {
  it.live("tell the transitions of the breakers, of one when asked for one", () =>
    Effect.gen(function* () {
      const registry = yield* CircuitBreakerRegistry
      yield* registry.register("one")
      yield* registry.register("two")
      const all = yield* listen("/api/v1/resilience/events")
      const two = yield* listen("/api/v1/resilience/events?breaker=two")
      yield* registry.forceOpen("one")
      yield* registry.forceOpen("two")
      const received = yield* all.until('"name":"two"')
      assert.match(received, /event: StateTransition\ndata: \{[^\n]*"name":"one"[^\n]*"to":"FORCED_OPEN"/)
      assert.notInclude(yield* two.until('"name":"two"'), '"name":"one"')
    }).pipe(Effect.scoped, Effect.provide(over(scheduler({ reachability: Stream.never }), fast)))
  )
})
