import { Context, Duration, Effect, Layer, Pool } from "effect"
import { type DocumentParserOptions, defaultLimits } from "./DocumentParserOptions.ts"
import { DocumentUnreadable } from "./DocumentUnreadable.ts"
import { type ParsedDocument } from "./ParsedDocument.ts"
import { ask, isAlive, spawn } from "./parserProcess.ts"

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

        const parse = Effect.fn("DocumentParser.parse")(function* (file: {
          readonly path: string
          readonly name: string
        }) {
          const process = yield* living
          return yield* ask(process, { ...file, limits }).pipe(
            Effect.timeoutOrElse({ duration: bound, orElse: () => Effect.fail(timedOut) }),
            // Whatever it was doing when it did not answer, it is still doing.
            Effect.onExit(() => (process.busy ? Pool.invalidate(processes, process) : Effect.void))
          )
        }, Effect.scoped)

        return DocumentParser.of({ parse })
      })
    )
}
