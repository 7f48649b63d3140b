import { ScriptedService } from "@resync/resilience/testing"
import { DateTime, Duration, Effect, Ref } from "effect"
import type { Accepted, Expectation } from "../model/Accepted.ts"
import type { Cursor, Page } from "../model/Page.ts"
import type { Reading } from "../model/Reading.ts"
import type { Tws } from "../Tws.ts"
import { type TwsError, type TwsInvalidQuery, TwsObjectNotFound } from "../TwsError.ts"
import type { TwsTestPlan } from "../TwsTestPlan.ts"
import * as Lists from "./Lists.ts"

/** A method of `Tws`. */
export type Operation = keyof Tws["Service"]

/** One call that was made. */
export type Call = ScriptedService.Call<Operation>

/** What the scheduler in memory is made of. */
export interface Memory {
  readonly plan: Ref.Ref<TwsTestPlan>
  readonly script: ScriptedService.ScriptedService<Operation, TwsError>
  /** What happens before every call, and the plan as it is then. */
  readonly begin: (operation: Operation, ...args: ReadonlyArray<unknown>) => Effect.Effect<TwsTestPlan, TwsError>
}

/** Makes the memory with a plan in it. */
export const make = Effect.fnUntraced(function* (initial: TwsTestPlan): Effect.fn.Return<Memory> {
  const plan = yield* Ref.make(initial)
  const script = yield* ScriptedService.make<Operation, TwsError>()
  return {
    plan,
    script,
    begin: (operation, ...args) => Effect.andThen(script.begin(operation, ...args), Ref.get(plan))
  }
})

/** What is read from memory is always fresh. */
export const reading = <A>(value: A): Effect.Effect<Reading<A>> =>
  Effect.map(DateTime.now, (asOf) => ({ value, asOf, age: Duration.zero, stale: false }))

/** The object of this id. */
export const find = <A extends { readonly id: string }>(
  kind: TwsObjectNotFound["kind"],
  items: ReadonlyArray<A>,
  id: string
): Effect.Effect<A, TwsObjectNotFound> => {
  const item = items.find((item) => item.id === id)
  return item === undefined ? Effect.fail(new TwsObjectNotFound({ kind, id })) : Effect.succeed(item)
}

/** The page of a list that a query asks for. */
export const page = Effect.fnUntraced(function* <A>(
  items: ReadonlyArray<A>,
  query: { readonly limit?: number; readonly cursor?: Cursor }
): Effect.fn.Return<Page<A>, TwsInvalidQuery> {
  const { limit = Lists.defaultLimit, cursor, ...rest } = query
  const key = JSON.stringify(rest)
  return Lists.slice(items, { key }, yield* Lists.offsetOf(cursor, key), limit)
})

/** An action that was accepted now. */
export const accepted = (ids: ReadonlyArray<string>, expects: Expectation): Effect.Effect<Accepted> =>
  Effect.map(DateTime.now, (acceptedAt) => ({ ids, acceptedAt, expects }))
