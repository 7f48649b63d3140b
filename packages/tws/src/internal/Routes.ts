import { Clock, Effect } from "effect"
import type { NotFound } from "./Answers.ts"
import type { ApiError } from "./Api.ts"

/** What some engines have and others have not. */
export type Route = "jobGraph" | "jobStreamCount" | "prompts"

/** How long it is remembered that an engine lacks a route: engines are upgraded now and then. */
const memory = 60 * 60 * 1000

/** What was learnt about the engine's routes. */
export interface Routes {
  /**
   * Asks one route, and the other way once the first is known to be missing. A 404 can also mean that the object is not
   * there, so `exists` decides which of the two it was.
   */
  readonly either: <A, E extends { readonly _tag: string }>(options: {
    readonly route: Route
    readonly first: Effect.Effect<A, E | NotFound>
    readonly exists: Effect.Effect<boolean, E | NotFound>
    readonly otherwise: Effect.Effect<A, E | NotFound>
  }) => Effect.Effect<A, E | NotFound>
  readonly isMissing: (route: Route) => Effect.Effect<boolean>
}

/** Makes an empty memory. */
export const make = (): Routes => {
  const missingUntil = new Map<Route, number>()
  const isMissing = (route: Route) => Effect.map(Clock.currentTimeMillis, (now) => now < (missingUntil.get(route) ?? 0))
  return {
    isMissing,
    either: ({ route, first, exists, otherwise }) =>
      Effect.flatMap(isMissing(route), (missing) =>
        missing
          ? otherwise
          : Effect.catch(first, (error) =>
              Effect.gen(function* () {
                if (error._tag !== "NotFound" || !(yield* exists)) return yield* Effect.fail(error)
                missingUntil.set(route, (yield* Clock.currentTimeMillis) + memory)
                return yield* otherwise
              })
            )
      )
  }
}

/** Whether a call finds its object, for `either`. */
export const found = <A>(self: Effect.Effect<A, ApiError>): Effect.Effect<boolean, ApiError> =>
  self.pipe(
    Effect.as(true),
    Effect.catchTag("NotFound", () => Effect.succeed(false))
  )
