import { type Cause, type Context, Exit, type Option, type Tracer } from "effect"
import * as Hex from "effect/encoding/Hex"

export type Options = Parameters<Tracer.Tracer["span"]>[0]

export interface SpanEvent {
  readonly name: string
  readonly time: bigint
  readonly attributes: Record<string, unknown> | undefined
}

/**
 * A span as cheap as it gets on the way of a request: ids are made when asked for, attributes are a flat array, a
 * value of the exit is let go at once. All the rest of the work is left to the encoding of a batch.
 */
export class RecordingSpan implements Tracer.Span {
  readonly _tag = "Span"
  /** A server span learns its route, and by that its name, after it has started. */
  name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly kind: Tracer.SpanKind
  readonly sampled: boolean
  readonly links: Array<Tracer.SpanLink>
  readonly startTime: bigint
  endTime: bigint | undefined = undefined
  cause: Cause.Cause<unknown> | undefined = undefined
  /** Key, value, key, value, … */
  readonly pairs: Array<unknown> = []
  spanEvents: Array<SpanEvent> | undefined = undefined
  droppedAttributes = 0
  droppedEvents = 0
  readonly #ended: (span: RecordingSpan) => void
  #traceId: string | undefined
  #spanId: string | undefined = undefined

  constructor(options: Options, sampled: boolean, ended: (span: RecordingSpan) => void, traceId?: string) {
    this.name = options.name
    this.parent = options.parent
    this.annotations = options.annotations
    this.kind = options.kind
    this.links = options.links
    this.startTime = options.startTime
    this.sampled = sampled
    this.#ended = ended
    this.#traceId = traceId
  }

  get traceId(): string {
    this.#traceId ??= this.parent._tag === "Some" ? this.parent.value.traceId : Hex.random(32)
    return this.#traceId
  }

  get spanId(): string {
    this.#spanId ??= Hex.random(16)
    return this.#spanId
  }

  get status(): Tracer.SpanStatus {
    return this.endTime === undefined
      ? { _tag: "Started", startTime: this.startTime }
      : {
          _tag: "Ended",
          startTime: this.startTime,
          endTime: this.endTime,
          exit: this.cause === undefined ? Exit.void : Exit.failCause(this.cause)
        }
  }

  get attributes(): ReadonlyMap<string, unknown> {
    const map = new Map<string, unknown>()
    for (let i = 0; i < this.pairs.length; i += 2) map.set(String(this.pairs[i]), this.pairs[i + 1])
    return map
  }

  /** The value of one attribute, without the map. */
  attributeOf(key: string): unknown {
    const index = this.#indexOf(key)
    return index < 0 ? undefined : this.pairs[index + 1]
  }

  attribute(key: string, value: unknown): void {
    if (!this.sampled || this.endTime !== undefined) return
    const index = this.#indexOf(key)
    if (index >= 0) this.pairs[index + 1] = value
    else if (this.pairs.length >= 2 * maxAttributes) this.droppedAttributes++
    else this.pairs.push(key, value)
  }

  event(name: string, time: bigint, attributes?: Record<string, unknown>): void {
    if (!this.sampled || this.endTime !== undefined) return
    this.spanEvents ??= []
    if (this.spanEvents.length >= maxEvents) this.droppedEvents++
    else this.spanEvents.push({ name, time, attributes })
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (!this.sampled || this.endTime !== undefined) return
    for (const link of links) if (this.links.length < maxLinks) this.links.push(link)
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.endTime !== undefined) return
    this.endTime = endTime
    if (exit._tag === "Failure") this.cause = exit.cause
    if (this.sampled) this.#ended(this)
  }

  #indexOf(key: string): number {
    for (let i = 0; i < this.pairs.length; i += 2) if (this.pairs[i] === key) return i
    return -1
  }
}

/** The limits of the OpenTelemetry specification for one span. */
export const maxAttributes = 128
export const maxEvents = 128
export const maxLinks = 128
