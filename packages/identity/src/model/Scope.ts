import { Schema } from "effect"
import * as Pattern from "./Pattern.ts"

/**
 * Narrows somebody to a part of the scheduler: to workstations, to folders, or to workstations within folders when both
 * are given. Somebody with several scopes may act in each of them, and with none everywhere.
 */
export const Scope = Schema.Struct({
  workstation: Schema.optionalKey(Pattern.Pattern),
  /** Of the job stream or the job, `/PROD/*` for example. */
  folder: Schema.optionalKey(Pattern.Pattern)
})
  .check(
    Schema.makeFilter(({ folder, workstation }) => folder !== undefined || workstation !== undefined, {
      expected: "a workstation, a folder or both"
    })
  )
  .annotate({ identifier: "Scope" })
export type Scope = typeof Scope.Type

/** What a command or a query is about, as far as it is known. */
export interface Target {
  readonly workstation?: string | undefined
  readonly folder?: string | undefined
}

const covers = (pattern: Pattern.Pattern | undefined, name: string | undefined) =>
  pattern === undefined || (name !== undefined && Pattern.matches(pattern, name))

/** Whether a target lies within one of the scopes. What is not known of it lies within none that asks for it. */
export const includes = (scopes: ReadonlyArray<Scope>, target: Target): boolean =>
  scopes.length === 0 ||
  scopes.some((scope) => covers(scope.workstation, target.workstation) && covers(scope.folder, target.folder))

const within = (outer: Pattern.Pattern | undefined, inner: Pattern.Pattern | undefined) =>
  outer === undefined || (inner !== undefined && Pattern.covers(outer, inner))

/** Those of the inner scopes that lie within the outer ones; the outer ones themselves when there are no inner ones. */
export const narrow = (outer: ReadonlyArray<Scope>, inner: ReadonlyArray<Scope>): ReadonlyArray<Scope> => {
  if (inner.length === 0) return outer
  if (outer.length === 0) return inner
  return inner.filter((scope) =>
    outer.some(({ folder, workstation }) => within(workstation, scope.workstation) && within(folder, scope.folder))
  )
}
