import { Authentication } from "@resync/api/Authentication"
import { Problems } from "@resync/api/Problems"
import { Context, Effect, Layer } from "effect"

/** What all groups share. */
export type Shared = Problems | Authentication

const onlyShared = (context: Context.Context<Shared>): Context.Context<Shared> =>
  Context.make(Problems, Context.get(context, Problems)).pipe(
    Context.add(Authentication, Context.get(context, Authentication))
  )

/**
 * The handlers of a group of endpoints, made by an effect that finds what they stand on.
 *
 * A group gives each of its requests all services that were in view when it was built, and copies them to do so. Its
 * handlers have found theirs by then, so it is built with nothing in view but the middleware that all groups share.
 */
export const layer = <A, E, E2, R>(make: Effect.Effect<Layer.Layer<A, E, Shared>, E2, R>) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const group = yield* make
      const scope = yield* Effect.scope
      const build = Layer.buildWithMemoMap(group, Layer.makeMemoMapUnsafe(), scope)
      return yield* Effect.updateContext(build, onlyShared)
    })
  )
