/** What a parsing process runs: one document at a time, read from its file, answered to the process that asked. */
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { type ParseLimits } from "./DocumentParserOptions.ts"
import { corrupt, type Unreadable } from "./DocumentUnreadable.ts"
import { type ParsedDocument } from "./ParsedDocument.ts"
import { parse } from "./parse.ts"

export interface Question {
  readonly path: string
  readonly name: string
  readonly limits: ParseLimits
}

export type Answer = { readonly document: ParsedDocument } | { readonly reason: Unreadable; readonly detail: string }

const answer = ({ limits, name, path }: Question): Effect.Effect<Answer> =>
  Effect.tryPromise({ try: () => readFile(path), catch: (cause) => corrupt("file", cause) }).pipe(
    Effect.flatMap((bytes) => parse(new Uint8Array(bytes), name, limits)),
    // What a library throws outside its promises is a file that it cannot read, not a fault of the service.
    Effect.catchDefect((defect) => Effect.fail(corrupt("file", defect))),
    Effect.match({
      onSuccess: (document): Answer => ({ document }),
      onFailure: ({ detail, reason }): Answer => ({ reason, detail })
    })
  )

// Whoever asked is gone, be it by force: nobody is left to answer, or to put bounds on this process.
process.on("disconnect", () => process.exit())

process.on("message", (question: Question) => {
  Effect.runFork(Effect.map(answer(question), (answer) => process.send?.(answer)))
})
