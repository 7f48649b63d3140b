import * as PgClient from "@effect/sql-pg/PgClient"
import { type Duration, Effect, Layer, Option, Redacted } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import * as Vector from "./internal/Vector.ts"
import * as Store from "./Store.ts"
import { StoreError, StoreUnreachable } from "./StoreError.ts"

/** How the connections are encrypted. */
export interface PostgresTls {
  /** The certificates of the authorities to trust, in PEM, instead of the well-known ones. */
  readonly certificateAuthority?: string | undefined
  /** Accepts any certificate. Only for a laboratory: whoever sits in between reads everything. */
  readonly insecureSkipVerification?: boolean | undefined
}

/** Where the server is and how to speak with it. */
export interface PostgresOptions {
  /** `postgresql://user:password@host:5432/database`; `sslmode` in it is honoured, certificates are always checked. */
  readonly url: Redacted.Redacted
  /** Connections at most, default 10. */
  readonly maxConnections?: number | undefined
  /** How long a connection may take to come about, default 5 seconds. */
  readonly connectTimeout?: Duration.Input | undefined
  /** Encrypts, whatever the URL says. */
  readonly tls?: PostgresTls | undefined
  /** Where unqualified names are looked up, default as the server has it for the user. */
  readonly searchPath?: string | undefined
}

/** The server without the credentials. */
const nameOf = (url: Redacted.Redacted) =>
  Option.match(Option.liftThrowable(() => new URL(Redacted.value(url)))(), {
    onNone: () => "DATABASE_URL",
    onSome: ({ host, pathname }) => `${host}${pathname}`
  })

const unreachable = (server: string) => (error: SqlError) =>
  new StoreError({ reason: new StoreUnreachable({ server, detail: Vector.detailOf(error) }) })

/**
 * A PostgreSQL server, version 15 or newer, with pgvector 0.8 or newer, which is added to the database when it is not
 * there yet. Fails when the server does not answer, does not let us in or has no pgvector.
 */
export const layer = (options: PostgresOptions): Layer.Layer<SqlClient.SqlClient | Store.Store, StoreError> => {
  const location = nameOf(options.url)
  return Layer.effectContext(
    Effect.gen(function* () {
      const sql = yield* PgClient.make({
        url: options.url,
        applicationName: "resync",
        maxConnections: options.maxConnections ?? 10,
        connectTimeout: options.connectTimeout ?? "5 seconds",
        keepAlive: "30 seconds",
        ssl:
          options.tls === undefined
            ? undefined
            : {
                rejectUnauthorized: options.tls.insecureSkipVerification !== true,
                ...(options.tls.certificateAuthority === undefined ? {} : { ca: options.tls.certificateAuthority })
              },
        ...(options.searchPath === undefined ? {} : { startupParameters: { search_path: options.searchPath } })
      })
      yield* Vector.ensure(sql, location)
      return Store.context({ engine: "postgres", location }, sql)
    }).pipe(Effect.catchTag("SqlError", (error) => unreachable(location)(error)))
  ).pipe(Layer.provide(Reactivity.layer))
}
