import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Config, Context, Effect, Layer, Option, Redacted, Schema } from "effect"

/** The key file cannot be read or written. */
export class AuditKeyUnusable extends Schema.TaggedError<AuditKeyUnusable>()("AuditKeyUnusable", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `RESYNC_DATA_DIR: the key of the audit trail in ${this.file} cannot be used: ${this.detail}`
  }
}

/** Makes a key at the first start; of two that start at once the first makes it. */
const keyOf = (dataDir: string) => {
  const file = join(dataDir, "audit.key")
  return Effect.try({
    try: () => {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      try {
        writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" })
      } catch (cause) {
        if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause
      }
      const key = readFileSync(file, "utf8").trim()
      if (key.length < 32) throw new Error("it is shorter than 32 characters")
      return Redacted.make(key, { label: "audit key" })
    },
    catch: (cause) => new AuditKeyUnusable({ file, detail: cause instanceof Error ? cause.message : String(cause) })
  })
}

/** With what the trail is signed, and where its end is noted down outside of the database. */
export class AuditConfig extends Context.Service<
  AuditConfig,
  {
    readonly key: Redacted.Redacted
    /** A file that tells the last end seen, to find a trail that was cut or put back; none in tests. */
    readonly witnessFile?: string | undefined
  }
>()("@resync/identity/AuditConfig") {
  /**
   * `RESYNC_AUDIT_KEY`, at least 32 characters, the same for all gateways on one database; without it a key of its own in
   * `RESYNC_DATA_DIR/audit.key`, which is made at the first start. The end is noted in `RESYNC_DATA_DIR/audit-head.json`.
   */
  static readonly layer = Layer.effect(
    AuditConfig,
    Effect.gen(function* () {
      const { dataDir, key } = yield* Config.all({
        key: Config.option(
          Config.schema(Schema.Redacted(Schema.String.check(Schema.isMinLength(32))), "RESYNC_AUDIT_KEY")
        ),
        dataDir: Config.String("RESYNC_DATA_DIR").pipe(Config.withDefault("./.resync"))
      })
      return {
        key: Option.isSome(key) ? key.value : yield* keyOf(dataDir),
        witnessFile: join(dataDir, "audit-head.json")
      }
    })
  )

  /** A fixed key and no witness, for tests. */
  static readonly layerTest = Layer.succeed(AuditConfig, { key: Redacted.make("a key that only tests may know of") })
}
