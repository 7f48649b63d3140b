import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { Effect, Option, Schema } from "effect"
import type { AuditHead } from "./AuditChain.ts"

/** The file cannot be written. */
export class AuditWitnessUnwritable extends Schema.TaggedError<AuditWitnessUnwritable>()("AuditWitnessUnwritable", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.file} cannot be written: ${this.detail}`
  }
}

const Content = Schema.fromJsonString(Schema.Struct({ seq: Schema.Int, hash: Schema.String }))
const decode = Schema.decodeUnknownOption(Content)

/** The last end of the chain that was noted down in a file; none when there is no such file or nothing of sense in it. */
export const read = (file: string): Effect.Effect<Option.Option<AuditHead>> =>
  Effect.sync(() => Option.flatMap(Option.liftThrowable(() => readFileSync(file, "utf8"))(), decode))

/** Notes an end down. The file is whole at every moment. */
export const write = (file: string, { hash, seq }: AuditHead): Effect.Effect<void, AuditWitnessUnwritable> =>
  Effect.try({
    try: () => {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(`${file}.new`, JSON.stringify({ seq, hash }), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
    catch: (cause) => new AuditWitnessUnwritable({ file, detail: String(cause) })
  })
