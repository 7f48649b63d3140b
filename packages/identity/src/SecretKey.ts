import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Redacted, Schema } from "effect"

/** The file of the secret cannot be read or written. */
export class SecretKeyUnusable extends Schema.TaggedError<SecretKeyUnusable>()("SecretKeyUnusable", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `RESYNC_DATA_DIR: the secret in ${this.file} cannot be used: ${this.detail}`
  }
}

/** Makes the file unless it is there; of two that start at once the first makes it. */
const create = (file: string) => {
  try {
    writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" })
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause
  }
}

/**
 * The secret of an installation that was given none: in `secret.key` of its data directory, made at the first start. Keep it
 * with the backups: without it no second factor can be checked.
 */
export const secretOf = (dataDir: string): Effect.Effect<Redacted.Redacted, SecretKeyUnusable> => {
  const file = join(dataDir, "secret.key")
  return Effect.try({
    try: () => {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      create(file)
      const key = readFileSync(file, "utf8").trim()
      if (key.length < 32) throw new Error("it is shorter than 32 characters")
      return Redacted.make(key)
    },
    catch: (cause) => new SecretKeyUnusable({ file, detail: cause instanceof Error ? cause.message : String(cause) })
  })
}
