import { Effect } from "effect"
import type { ApiError } from "./Api.ts"
import type { Caches } from "./Caches.ts"

/** Whether the action may have been done although no answer says so. */
const mayBeDone = (error: { readonly _tag: string; readonly notProcessed?: boolean }): boolean => {
  switch (error._tag as ApiError["_tag"]) {
    case "TwsTimeout":
    case "TwsProtocolError":
    case "DeadlineExceeded":
      return true
    case "TwsUnavailable":
      return error.notProcessed === false
    default:
      return false
  }
}

/** For an action: what it would make old is taken for old also when it is not known whether it was done. */
export const inDoubt =
  (caches: Caches, tags: ReadonlyArray<string>) =>
  <A, E extends { readonly _tag: string; readonly notProcessed?: boolean }, R>(
    self: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.tapError(self, (error) => (mayBeDone(error) ? caches.invalidate(tags) : Effect.void))
