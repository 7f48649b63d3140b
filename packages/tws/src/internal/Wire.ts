import { Context, Effect, Stream } from "effect"
import { HttpClientResponse, UrlParams } from "effect/http"
import type { Api, ApiCall } from "./Api.ts"

/**
 * What the scheduler said during one load, by what it was asked. A load that is given the same texts once more gives the same
 * answer, so these texts are what processes share: they have the scheduler's form, whatever a release makes of them.
 */
export type Wire =
  | { readonly _tag: "Recording"; readonly recording: Recording }
  | { readonly _tag: "Replay"; readonly texts: ReadonlyMap<string, string> }

/** What is said and asked in a load goes by this one. */
export const CurrentWire = Context.Reference<Wire | undefined>("@resync/tws/Wire", { defaultValue: () => undefined })

/** More characters than this are not worth keeping. */
const longest = 1024 * 1024

/** The texts of a load under way. */
export class Recording {
  #texts: Map<string, string> | undefined = new Map()
  #size = 0

  add(key: string, text: string): void {
    this.#size += text.length
    if (this.#size > longest) this.#texts = undefined
    this.#texts?.set(key, text)
  }

  /** For a load of which something cannot be written down. */
  spoil(): void {
    this.#texts = undefined
  }

  /** The whole as one text, unless it is too much: a line of JSON with the lengths, and the texts as they are. */
  get text(): string | undefined {
    if (this.#texts === undefined) return undefined
    const texts = [...this.#texts]
    return `${JSON.stringify(texts.map(([key, { length }]) => [key, length]))}\n${texts.map(([, text]) => text).join("")}`
  }
}

/** The texts of a load that was recorded. Nothing where it is no recording. */
export const parse = (recorded: string): ReadonlyMap<string, string> | undefined => {
  const end = recorded.indexOf("\n")
  let lengths: unknown
  try {
    lengths = JSON.parse(recorded.slice(0, end))
  } catch {
    return undefined
  }
  if (end === -1 || !Array.isArray(lengths)) return undefined
  const texts = new Map<string, string>()
  let at = end + 1
  for (const part of lengths) {
    const [key, length] = Array.isArray(part) ? part : []
    if (typeof key !== "string" || !Number.isSafeInteger(length) || length < 0) return undefined
    texts.set(key, recorded.slice(at, at + length))
    at += length
  }
  return at === recorded.length ? texts : undefined
}

const decoder = new TextDecoder()

/** A question in full: what is asked of whom does not differ within one load. */
const keyOf = ({ outsideApi, request }: ApiCall): string =>
  JSON.stringify([
    request.method,
    outsideApi === true ? "" : "api",
    request.url,
    UrlParams.toString(request.urlParams),
    { ...request.headers },
    request.body._tag === "Uint8Array" ? decoder.decode(request.body.body) : ""
  ])

/** Writes down the body of an answer while somebody reads it; one who does not read to the end spoils the recording. */
const overheard = (
  response: HttpClientResponse.HttpClientResponse,
  key: string,
  recording: Recording
): HttpClientResponse.HttpClientResponse => {
  const body = new TextDecoder()
  let text = ""
  let ended = false
  const stream = response.stream.pipe(
    Stream.tap((chunk) =>
      Effect.sync(() => {
        text += body.decode(chunk, { stream: true })
      })
    ),
    Stream.onEnd(
      Effect.sync(() => {
        ended = true
        recording.add(key, text + body.decode())
      })
    ),
    Stream.ensuring(
      Effect.sync(() => {
        if (!ended) recording.spoil()
      })
    )
  )
  return Object.create(response, { stream: { value: stream } })
}

const unrecorded = Effect.die(new Error("the recording does not know the question"))

/** The API, whose answers are written down in a load that is recorded, and come from there in one that is replayed. */
export const recorded = (api: Api): Api => ({
  ...api,
  ask: (call, decode) =>
    Effect.withFiber((fiber) => {
      const wire = fiber.getRef(CurrentWire)
      if (wire === undefined || call.action === true) return api.ask(call, decode)
      const key = keyOf(call)
      if (wire._tag === "Recording") {
        return api.ask(call, (text) => {
          wire.recording.add(key, text)
          return decode(text)
        })
      }
      const text = wire.texts.get(key)
      if (text === undefined) return unrecorded
      const result = decode(text)
      return result._tag === "Success" ? Effect.succeed(result.success) : Effect.die(new Error(result.failure))
    }),
  read: (call, read) =>
    Effect.withFiber((fiber) => {
      const wire = fiber.getRef(CurrentWire)
      if (wire === undefined || call.action === true) return api.read(call, read)
      const key = keyOf(call)
      if (wire._tag === "Recording") {
        return api.read(call, (response) => read(overheard(response, key, wire.recording)))
      }
      const text = wire.texts.get(key)
      return text === undefined
        ? unrecorded
        : Effect.orDie(read(HttpClientResponse.fromWeb(call.request, new Response(text))))
    })
})
