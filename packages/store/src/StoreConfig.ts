import { readFileSync } from "node:fs"
import { Config, Effect, Layer, Option } from "effect"
import type { SqlClient } from "effect/sql"
import * as Embedded from "./Embedded.ts"
import * as Postgres from "./Postgres.ts"
import type { Store } from "./Store.ts"
import { StoreError, StoreUnreachable } from "./StoreError.ts"

/** The settings of both engines: the variable, its default, and whether the other engine is in use with it. */
export const config = Config.all({
  url: Config.option(Config.Redacted("DATABASE_URL")),
  maxConnections: Config.Int("DATABASE_MAX_CONNECTIONS").pipe(Config.withDefault(10)),
  certificateAuthorityFile: Config.option(Config.String("DATABASE_CA_FILE")),
  insecure: Config.Boolean("DATABASE_TLS_INSECURE").pipe(Config.withDefault(false)),
  dataDir: Config.String("RESYNC_DATA_DIR").pipe(Config.withDefault("./.resync")),
  durable: Config.Boolean("RESYNC_STORE_DURABLE").pipe(Config.withDefault(true))
})

const certificates = (file: string) =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) =>
      new StoreError({
        reason: new StoreUnreachable({ server: "DATABASE_URL", detail: `DATABASE_CA_FILE: ${String(cause)}` })
      })
  })

/**
 * The store that the environment names: the server of `DATABASE_URL`, or else one embedded in `RESYNC_DATA_DIR`
 * (`./.resync`).
 */
export const layer: Layer.Layer<SqlClient.SqlClient | Store, StoreError | Config.ConfigError> = Layer.unwrap(
  Effect.gen(function* () {
    const { certificateAuthorityFile, dataDir, durable, insecure, maxConnections, url } = yield* config
    if (Option.isNone(url)) return Embedded.layer({ dataDir, durable })
    const authority = Option.isSome(certificateAuthorityFile)
      ? { certificateAuthority: yield* certificates(certificateAuthorityFile.value) }
      : {}
    return Postgres.layer({
      url: url.value,
      maxConnections,
      ...(insecure || Option.isSome(certificateAuthorityFile)
        ? { tls: { insecureSkipVerification: insecure, ...authority } }
        : {})
    })
  })
)
