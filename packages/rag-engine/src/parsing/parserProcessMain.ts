/** What a parsing process runs: one document at a time, read from its file, answered to the process that asked. */
import { readFile } from "node:fs/promises"
import { Array as Arr, Effect } from "effect"
import type { Chunk, ChunkOptions } from "../chunking/Chunk.ts"
import { chunkDocument } from "../chunking/chunkDocument.ts"
import type { ParseLimits } from "./DocumentParserOptions.ts"
import { corrupt, type Unreadable } from "./DocumentUnreadable.ts"
import type { ParsedDocument } from "./ParsedDocument.ts"
import { parse } from "./parse.ts"

export interface Question {
  readonly path: string
  readonly name: string
  readonly limits: ParseLimits
  /** Whether the document is to be cut into passages as well, which takes time too when it is long. */
  readonly cut?: { readonly documentId: string; readonly options: ChunkOptions }
}

/** A document that was cut into passages. */
export interface CutDocument extends Omit<ParsedDocument, "blocks"> {
  readonly passages: ReadonlyArray<Chunk>
}

export type Answer =
  /** Comes first of two: it has been read, and is now cut. */
  | { readonly parsed: true }
  /** Passages of what was cut, before the rest of it: in pieces, each read between two breaths of an event loop. */
  | { readonly piece: ReadonlyArray<Chunk> }
  | { readonly document: ParsedDocument }
  | { readonly cut: CutDocument }
  | { readonly reason: Unreadable; readonly detail: string }

/** Passages in a piece. */
const pieceLength = 64

const say = (answer: Answer) => Effect.sync(() => process.send?.(answer))

const answer = ({ cut, limits, name, path }: Question): Effect.Effect<unknown> =>
  Effect.tryPromise({ try: () => readFile(path), catch: (cause) => corrupt("file", cause) }).pipe(
    Effect.flatMap((bytes) => parse(new Uint8Array(bytes), name, limits)),
    Effect.flatMap((document) => {
      if (cut === undefined) return say({ document })
      const { mediaType, text, title } = document
      return Effect.andThen(
        say({ parsed: true }),
        Effect.suspend(() => {
          const passages = chunkDocument(cut.documentId, document, cut.options)
          const pieces = Arr.chunksOf(passages, pieceLength).map((piece) => say({ piece }))
          return Effect.andThen(
            Effect.all(pieces, { discard: true }),
            say({ cut: { mediaType, text, title, passages: [] } })
          )
        })
      )
    }),
    // What a library throws outside its promises is a file that it cannot read, not a fault of the service.
    Effect.catchDefect((defect) => Effect.fail(corrupt("file", defect))),
    Effect.catch(({ detail, reason }) => say({ reason, detail }))
  )

// Whoever asked is gone, be it by force: nobody is left to answer, or to put bounds on this process.
process.on("disconnect", () => process.exit())

process.on("message", (question: Question) => {
  Effect.runFork(answer(question))
})
