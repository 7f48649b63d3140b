import { IngestionJobId } from "@resync/rag/model/Ids"
import type { UploadRejected } from "@resync/rag/RagError"
import {
  Clock,
  Context,
  Duration,
  Effect,
  FileSystem,
  Layer,
  Option,
  Path,
  Schema,
  type Scope,
  type Stream
} from "effect"
import { SecureRandom } from "effect/crypto"
import type { PlatformError } from "effect/PlatformError"
import { Original } from "./Original.ts"
import { type Received, receive } from "./receive.ts"

export interface OriginalsOptions {
  /** The folder; made when it is not there. */
  readonly directory: string
  readonly maxBytes: number
  /** Files younger than this may be another process's, which is still at them. */
  readonly foreignAge: Duration.Duration
}

const isJobId = Schema.is(IngestionJobId)

const Record = Schema.fromJsonString(Original)

/**
 * The uploaded files, each named by its job with a description beside it. They are what the index can be rebuilt from, so
 * each is on the disk before its upload is accepted, and goes when its document does or a newer version is complete.
 */
export class Originals extends Context.Service<
  Originals,
  {
    /** Takes in a file under a passing name. It is gone with the scope, unless it is kept. */
    readonly receive: <E>(
      content: Stream.Stream<Uint8Array, E>
    ) => Effect.Effect<Received, E | UploadRejected | PlatformError, Scope.Scope>
    /** Names a received file by its job and describes it. Ends when both outlive a loss of power. */
    readonly keep: (received: Received, original: Original) => Effect.Effect<void, PlatformError>
    /** Takes that back: the file is a received one again. */
    readonly withdraw: (received: Received, id: IngestionJobId) => Effect.Effect<void, PlatformError>
    readonly pathOf: (id: IngestionJobId) => string
    readonly remove: (id: IngestionJobId) => Effect.Effect<void, PlatformError>
    /** The jobs of all that are complete and not younger than `foreignAge`, oldest first. */
    readonly settled: Effect.Effect<ReadonlyArray<IngestionJobId>, PlatformError>
    /** What is said beside a file; nothing when it cannot be read, which is logged. */
    readonly description: (id: IngestionJobId) => Effect.Effect<Option.Option<Original>, PlatformError>
    /** Removes what uploads left that never ended. Gives back how many files that were. */
    readonly sweep: Effect.Effect<number, PlatformError>
  }
>()("@resync/rag-engine/Originals") {
  static readonly layer = ({ directory, foreignAge, maxBytes }: OriginalsOptions) =>
    Layer.effect(
      Originals,
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const random = yield* SecureRandom.SecureRandom
        yield* fs.makeDirectory(directory, { recursive: true, mode: 0o700 })

        const at = (name: string) => path.join(directory, name)
        const pathOf = (id: IngestionJobId) => at(id)
        const describe = (id: IngestionJobId) => at(`${id}.json`)
        /** A name is in its folder for good only when the folder is on the disk. */
        const syncFolder = Effect.scoped(Effect.flatMap(fs.open(directory, { flag: "r" }), (folder) => folder.sync))
        const removeFile = (file: string) => fs.remove(file, { force: true })

        const writeDurably = (file: string, text: string) =>
          Effect.scoped(
            Effect.gen(function* () {
              const open = yield* fs.open(file, { flag: "wx", mode: 0o600 })
              yield* open.writeAll(new TextEncoder().encode(text))
              yield* open.sync
            })
          )

        const keep = Effect.fn("Originals.keep")(function* (received: Received, original: Original) {
          const part = at(`${original.jobId}.json.part`)
          const record = yield* Effect.orDie(Schema.encodeEffect(Record)(original))
          // The description comes last: a file without one was never accepted.
          yield* writeDurably(part, record).pipe(
            Effect.andThen(fs.rename(received.path, pathOf(original.jobId))),
            Effect.andThen(fs.rename(part, describe(original.jobId))),
            Effect.andThen(syncFolder),
            Effect.onError(() =>
              Effect.ignore(
                Effect.forEach([part, describe(original.jobId), pathOf(original.jobId)], removeFile, { discard: true })
              )
            )
          )
        })

        /** What is gone by now was somebody else's as well. */
        const isForeign = (file: string) =>
          Effect.zipWith(
            Clock.currentTimeMillis,
            fs.stat(file),
            (now, { mtime }) => Option.isSome(mtime) && now - mtime.value.getTime() < Duration.toMillis(foreignAge)
          ).pipe(Effect.orElseSucceed(() => true))

        const description = (id: IngestionJobId) =>
          fs.readFileString(describe(id)).pipe(
            Effect.flatMap(Schema.decodeUnknownEffect(Record)),
            Effect.asSome,
            Effect.catchTag("SchemaError", (error) =>
              Effect.as(Effect.logWarning(`What is said of the original ${id} cannot be read`, error), Option.none())
            )
          )

        return Originals.of({
          receive: Effect.fn("Originals.receive")(function* (content) {
            const file = at(`${yield* random.uuidV7()}.part`)
            yield* Effect.addFinalizer(() => Effect.ignore(removeFile(file)))
            return yield* receive(fs, file, content, maxBytes)
          }),
          keep,
          withdraw: (received, id) => Effect.andThen(removeFile(describe(id)), fs.rename(pathOf(id), received.path)),
          pathOf,
          remove: (id) => Effect.andThen(removeFile(describe(id)), removeFile(pathOf(id))),
          description,
          settled: Effect.gen(function* () {
            const names = (yield* fs.readDirectory(directory)).filter((name) => name.endsWith(".json")).toSorted()
            const own = yield* Effect.filter(names, (name) => Effect.map(isForeign(at(name)), (foreign) => !foreign))
            return own.map((name) => name.slice(0, -".json".length)).filter(isJobId)
          }),
          sweep: Effect.gen(function* () {
            const names = new Set(yield* fs.readDirectory(directory))
            const loose = [...names].filter(
              (name) => name.endsWith(".part") || (!name.endsWith(".json") && !names.has(`${name}.json`))
            )
            const dead = yield* Effect.filter(loose, (name) => Effect.map(isForeign(at(name)), (foreign) => !foreign))
            yield* Effect.forEach(dead, (name) => removeFile(at(name)), { discard: true })
            return dead.length
          })
        })
      })
    )
}
