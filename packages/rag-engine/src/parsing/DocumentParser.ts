import { Context, Duration, Effect, Layer, Pool } from "effect"
import type { ChunkOptions } from "../chunking/Chunk.ts"
import { type DocumentParserOptions, defaultLimits } from "./DocumentParserOptions.ts"
import { DocumentUnreadable } from "./DocumentUnreadable.ts"
import type { ParsedDocument } from "./ParsedDocument.ts"
import { ask as askProcess, isAlive, spawn } from "./parserProcess.ts"
import type { Answer, CutDocument, Question } from "./parserProcessMain.ts"

/**
 * Reads documents in processes of their own, with bounds on time and memory for each, so that no document can stop the service
 * or hold up another one for long. A process that had to be stopped is replaced.
 *
 * @example
 * ```ts
 * const program = Effect.gen(function* () {
 *   const parser = yield* DocumentParser
 *   const { blocks, mediaType, text } = yield* parser.parse({ path: "/tmp/upload-1", name: "runbook.pdf" })
 * }).pipe(Effect.provide(DocumentParser.layer({ timeout: "30 seconds" })))
 * ```
 */
export class DocumentParser extends Context.Service<
  DocumentParser,
  {
    /** `path` is where the bytes lie, `name` what the uploader called the file. */
    readonly parse: (file: {
      readonly path: string
      readonly name: string
    }) => Effect.Effect<ParsedDocument, DocumentUnreadable>
    /** Reads a document and cuts it into passages there too. `onParsed` runs in between. */
    readonly cut: (
      file: { readonly path: string; readonly name: string },
      cutting: {
        readonly documentId: string
        readonly options: ChunkOptions
        readonly onParsed: () => void
      }
    ) => Effect.Effect<CutDocument, DocumentUnreadable>
  }
>()("@resync/rag-engine/DocumentParser") {
  static readonly layer = (options: DocumentParserOptions = {}) =>
    Layer.effect(
      DocumentParser,
      Effect.gen(function* () {
        const { memory = 512, timeout = "2 minutes", processes: count = 2, ...given } = options
        const limits = { ...defaultLimits, ...given }
        const bound = Duration.fromInputUnsafe(timeout)
        const timedOut = new DocumentUnreadable({
          reason: "timed-out",
          detail: `Reading the document takes longer than ${Duration.format(bound)}`
        })
        const processes = yield* Pool.makeWithTTL({
          acquire: spawn(memory),
          min: 0,
          max: count,
          timeToLive: "1 minute"
        })
        /** A process may have died while nobody asked it anything. */
        const living = Pool.get(processes).pipe(
          Effect.tap((process) => (isAlive(process) ? Effect.void : Pool.invalidate(processes, process))),
          Effect.repeat({ until: isAlive })
        )

        const ask = Effect.fnUntraced(function* <A>(
          question: Omit<Question, "limits">,
          pick: (answer: Answer) => A | undefined,
          onParsed?: () => void
        ) {
          const process = yield* living
          return yield* askProcess(process, { ...question, limits }, pick, onParsed).pipe(
            Effect.timeoutOrElse({ duration: bound, orElse: () => Effect.fail(timedOut) }),
            // Whatever it was doing when it did not answer, it is still doing.
            Effect.onExit(() => (process.busy ? Pool.invalidate(processes, process) : Effect.void))
          )
        }, Effect.scoped)

        const parse = Effect.fn("DocumentParser.parse")((file: { readonly path: string; readonly name: string }) =>
          ask(file, (answer) => ("document" in answer ? answer.document : undefined))
        )

        return DocumentParser.of({
          parse,
          cut: Effect.fn("DocumentParser.cut")((file, { documentId, onParsed, options }) =>
            ask(
              { ...file, cut: { documentId, options } },
              (answer) => ("cut" in answer ? answer.cut : undefined),
              onParsed
            )
          )
        })
      })
    )
}
