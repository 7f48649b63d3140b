import * as OutgoingUrl from "@resync/resilience/OutgoingUrl"
import { Config, Duration, Option, type Redacted, Schema, SchemaGetter } from "effect"

/** How to sign in: with a name and password, or with an API key of the scheduler, which is a token. */
export type TwsCredentials =
  | { readonly _tag: "Basic"; readonly user: string; readonly password: Redacted.Redacted }
  | { readonly _tag: "Bearer"; readonly token: Redacted.Redacted }

/** The connections to one host. */
export interface TwsConnections {
  /** Connections per host at most. */
  readonly perHost: number
  /** How long a connection may take to come about. */
  readonly connectTimeout: Duration.Input
  /** How long an idle connection is kept. */
  readonly keepAlive: Duration.Input
}

/** Where the scheduler is and how to speak with it. */
export interface TwsOptions {
  /** Base URLs of the master and its backups, in the order in which they are tried: `https://mdm:31116`. */
  readonly urls: readonly [URL, ...ReadonlyArray<URL>]
  readonly credentials?: TwsCredentials | undefined
  /** A file with the certificates of the authorities to trust, in PEM, instead of the well-known ones. */
  readonly certificateAuthorityFile?: string | undefined
  /** Accepts any certificate. Only for a laboratory: whoever sits in between reads the password. */
  readonly insecureSkipTlsVerification?: boolean | undefined
  readonly connections?: Partial<TwsConnections> | undefined
  /** The largest answer that is read, in bytes. Job logs are streamed and not bounded by it. */
  readonly maxResponseSize?: number | undefined
  /** The pause between two pings in the background; each is drawn from 80 % to 120 % of it. */
  readonly pingInterval?: Duration.Input | undefined
  /** How long a reader waits for the refresh of an answer that is past its time before he gets it marked as stale. */
  readonly patience?: Duration.Input | undefined
}

export const defaultConnections: TwsConnections = {
  perHost: 32,
  connectTimeout: "3 seconds",
  keepAlive: "30 seconds"
}

/** 64 MiB: a page of 1000 jobs with all their dependencies has a few. */
export const defaultMaxResponseSize = 64 * 1024 * 1024

/** Master and backups, separated by commas. */
const urls = Config.schema(
  Schema.String.pipe(
    Schema.decodeTo(Schema.NonEmptyArray(OutgoingUrl.fromString), {
      decode: SchemaGetter.transform((text: string) => {
        const [first = "", ...others] = text.split(",").map((url) => url.trim())
        return [first, ...others] as const
      }),
      encode: SchemaGetter.transform((urls: readonly [string, ...ReadonlyArray<string>]) => urls.join(","))
    })
  ),
  "TWS_URL"
)

/** An API key wins over a name with its password. A name without a password is a mistake and stops the start. */
const credentials: Config.Config<TwsCredentials | undefined> = Config.option(Config.Redacted("TWS_TOKEN")).pipe(
  Config.flatMap(
    Option.match({
      onSome: (token) => Config.succeed<TwsCredentials | undefined>({ _tag: "Bearer", token }),
      onNone: () =>
        Config.option(Config.NonEmptyString("TWS_USER")).pipe(
          Config.flatMap(
            Option.match({
              onNone: () => Config.succeed<TwsCredentials | undefined>(undefined),
              onSome: (user) =>
                Config.Redacted("TWS_PASSWORD").pipe(
                  Config.map((password): TwsCredentials | undefined => ({ _tag: "Basic", user, password }))
                )
            })
          )
        )
    })
  )
)

/**
 * The options as the environment gives them: `TWS_URL` (master and backups, separated by commas), `TWS_TOKEN` or
 * `TWS_USER` with `TWS_PASSWORD`, `TWS_CA_FILE` (a path), `TWS_TLS_INSECURE`, `TWS_MAX_CONNECTIONS`,
 * `TWS_CONNECT_TIMEOUT`, `TWS_PING_INTERVAL`.
 */
export const config: Config.Config<TwsOptions> = Config.all({
  urls,
  credentials,
  certificateAuthorityFile: Config.NonEmptyString("TWS_CA_FILE").pipe(Config.withDefault(undefined)),
  insecureSkipTlsVerification: Config.Boolean("TWS_TLS_INSECURE").pipe(Config.withDefault(false)),
  connections: Config.all({
    perHost: Config.Int("TWS_MAX_CONNECTIONS").pipe(Config.withDefault(defaultConnections.perHost)),
    connectTimeout: Config.Duration("TWS_CONNECT_TIMEOUT").pipe(Config.withDefault(Duration.seconds(3)))
  }),
  pingInterval: Config.Duration("TWS_PING_INTERVAL").pipe(Config.withDefault(Duration.seconds(15)))
})
