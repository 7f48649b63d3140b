import { Effect, Hash, Option, Result, type Schema, Stream } from "effect"
import { HttpClientRequest } from "effect/http"
import { Cursor, type Page } from "../model/Page.ts"
import * as Oql from "../Oql.ts"
import { type TwsError, TwsInvalidQuery } from "../TwsError.ts"
import type { TwsPolicyName } from "../TwsPolicies.ts"
import { Listing } from "../wire/Listing.ts"
import { jsonDecoder } from "./Answers.ts"
import type { Api, ApiError } from "./Api.ts"

/** What to ask a list for: what the scheduler can be told, and what is left to be judged here. */
export interface Selection<A> {
  readonly conditions: ReadonlyArray<Oql.Condition>
  readonly orderBy: ReadonlyArray<Oql.OrderBy>
  /** What the query language cannot say; absent where it says all. Named, so that a cursor is bound to it. */
  readonly residual?: { readonly key: string; readonly holds: (item: A) => boolean } | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A selection put into the scheduler's words. */
export interface Question<A> {
  readonly oql: string
  readonly residual: Selection<A>["residual"]
  readonly headers: Readonly<Record<string, string>>
  /** Tells this question from others, in caches and cursors. */
  readonly key: string
}

/** Renders a selection; a value that no query can hold is the caller's mistake. */
export const question = <A>(selection: Selection<A>): Effect.Effect<Question<A>, TwsInvalidQuery> =>
  Result.match(Oql.render(Oql.and(...selection.conditions), selection.orderBy), {
    onFailure: ({ field, reason }) => Effect.fail(new TwsInvalidQuery({ field, reason })),
    onSuccess: (oql) => {
      const headers = selection.headers ?? {}
      return Effect.succeed({
        oql,
        residual: selection.residual,
        headers,
        key: JSON.stringify([oql, headers, selection.residual?.key ?? ""])
      })
    }
  })

/** The pages of a stream: larger, since somebody reads them all. */
export const streamPage = 500

/** The page asked for when nobody says. */
export const defaultLimit = 100

const fingerprint = (key: string): string => (Hash.string(key) >>> 0).toString(36)

const cursorAt = (offset: number, key: string): Cursor => Cursor.make(`${offset.toString(36)}-${fingerprint(key)}`)

/** Where a cursor leads, if it belongs to the question. */
export const offsetOf = (cursor: Cursor | undefined, key: string): Effect.Effect<number, TwsInvalidQuery> => {
  if (cursor === undefined) return Effect.succeed(0)
  const [offset = "", print] = cursor.split("-")
  const value = Number.parseInt(offset, 36)
  return print === fingerprint(key) && Number.isSafeInteger(value) && value >= 0
    ? Effect.succeed(value)
    : Effect.fail(new TwsInvalidQuery({ field: "cursor", reason: "it belongs to another query" }))
}

/** What is judged here is read in pieces of this size, and no more pieces than `mostPieces` for one page. */
const piece = 1000
const mostPieces = 10

/** A list of the API. */
export interface List<A> {
  readonly page: (question: Question<A>, offset: number, limit: number) => Effect.Effect<Page<A>, ApiError>
}

/** Makes a list from its path and the schema of its items. */
export const make = <S extends Schema.Top & { readonly DecodingServices: never }, A>(
  api: Api,
  options: {
    readonly operation: string
    readonly policy: TwsPolicyName
    readonly path: string
    readonly item: S
    readonly toModel: (wire: S["Type"]) => A
  }
): List<A> => {
  const decode = jsonDecoder(Listing(options.item))

  const fetch = (question: Question<A>, offset: number, limit: number) =>
    api
      .ask(
        {
          operation: options.operation,
          policy: options.policy,
          request: HttpClientRequest.get(options.path, {
            acceptJson: true,
            headers: question.headers,
            urlParams: { limit, offset, ...(question.oql === "" ? {} : { oql: question.oql }) }
          })
        },
        decode
      )
      .pipe(
        Effect.map((wire) => {
          const items = (wire.results ?? []).map((item) => options.toModel(item))
          const end = offset + items.length
          const more = items.length > 0 && (typeof wire.next === "string" || (wire.count ?? 0) > end)
          return { items, more, total: wire.count ?? undefined }
        })
      )

  const page: List<A>["page"] = Effect.fnUntraced(function* (question, offset, limit) {
    const { residual } = question
    if (residual === undefined) {
      const { items, more, total } = yield* fetch(question, offset, limit)
      return {
        items,
        ...(more ? { nextCursor: cursorAt(offset + items.length, question.key) } : {}),
        ...(total === undefined ? {} : { total })
      }
    }
    const items: Array<A> = []
    let at = offset
    for (let pieces = 0; pieces < mostPieces; pieces++) {
      const part = yield* fetch(question, at, piece)
      for (const [index, item] of part.items.entries()) {
        if (!residual.holds(item)) continue
        items.push(item)
        if (items.length < limit) continue
        const next = at + index + 1
        const more = part.more || index + 1 < part.items.length
        return { items, ...(more ? { nextCursor: cursorAt(next, question.key) } : {}) }
      }
      at += part.items.length
      if (!part.more) return { items }
    }
    return { items, nextCursor: cursorAt(at, question.key) }
  })

  return { page }
}

/** All pages of a list as one stream, each page read when the one before it is used up. */
export const all = <Q, A>(
  query: Q,
  page: (query: Q, cursor: Cursor | undefined) => Effect.Effect<Page<A>, TwsError | TwsInvalidQuery>
): Stream.Stream<A, TwsError | TwsInvalidQuery> =>
  Stream.paginate<Cursor | undefined, A, TwsError | TwsInvalidQuery>(undefined, (cursor) =>
    Effect.map(page(query, cursor), ({ items, nextCursor }) => [
      items,
      nextCursor === undefined ? Option.none() : Option.some<Cursor | undefined>(nextCursor)
    ])
  )

/** A page of a list that is all here. */
export const slice = <A>(
  all: ReadonlyArray<A>,
  question: Pick<Question<A>, "key">,
  offset: number,
  limit: number
): Page<A> => {
  const end = offset + limit
  return {
    items: all.slice(offset, end),
    total: all.length,
    ...(end < all.length ? { nextCursor: cursorAt(end, question.key) } : {})
  }
}
