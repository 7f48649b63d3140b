import { ScriptedService } from "@resync/resilience/testing"
import { Effect, SubscriptionRef } from "effect"
import type { Document } from "../model/Document.ts"
import { DocumentId, IngestionJobId } from "../model/Ids.ts"
import type { IngestionJob } from "../model/IngestionJob.ts"
import type { Page } from "../model/Page.ts"
import type { Rag } from "../Rag.ts"
import type { RagError } from "../RagError.ts"

/** A method of `Rag`. */
export type Operation = keyof Rag["Service"]

/** One call that was made. */
export type Call = ScriptedService.Call<Operation>

/** A version of a document: what is said of it, and the text that it is found by. */
export interface Version {
  readonly document: Document
  readonly text: string
}

/** What the knowledge base in memory holds. */
export interface Contents {
  /** What can be found; a document that was never completed has no text. */
  readonly documents: ReadonlyMap<DocumentId, Version>
  /** Each job with the version that it makes visible. */
  readonly jobs: ReadonlyMap<IngestionJobId, { readonly job: IngestionJob; readonly version: Version }>
  /** What each idempotency key was used for. */
  readonly keys: ReadonlyMap<string, IngestionJobId>
}

export interface Memory {
  readonly contents: SubscriptionRef.SubscriptionRef<Contents>
  readonly script: ScriptedService.ScriptedService<Operation, RagError>
  /** What happens before every call, and what the knowledge base holds then. */
  readonly begin: (operation: Operation, ...args: ReadonlyArray<unknown>) => Effect.Effect<Contents, RagError>
}

const empty: Contents = { documents: new Map(), jobs: new Map(), keys: new Map() }

export const make = Effect.gen(function* () {
  const contents = yield* SubscriptionRef.make(empty)
  const script = yield* ScriptedService.make<Operation, RagError>()
  const memory: Memory = {
    contents,
    script,
    begin: (operation, ...args) => Effect.andThen(script.begin(operation, ...args), SubscriptionRef.get(contents))
  }
  return memory
})

/** Ids that are the same in each run, in the order in which they were given. */
const uuid = (number: number) => `00000000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`
export const documentId = (number: number) => DocumentId.make(uuid(number))
export const jobId = (number: number) => IngestionJobId.make(uuid(number))

/** A page of what matches, newest first; the cursor is the id of the last item before it. */
export const page = <A extends { readonly id: string }>(
  items: ReadonlyArray<A>,
  { cursor, limit = 100 }: { readonly cursor?: string; readonly limit?: number }
): Page<A> => {
  const rest = items.toSorted((a, b) => (a.id < b.id ? 1 : -1)).filter(({ id }) => cursor === undefined || id < cursor)
  const last = rest[limit - 1]
  return rest.length > limit && last !== undefined
    ? { items: rest.slice(0, limit), nextCursor: last.id }
    : { items: rest }
}
