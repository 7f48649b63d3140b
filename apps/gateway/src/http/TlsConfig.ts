import { StartError } from "@resync/service/StartError"
import { Config, Context, Duration, Effect, Layer, Option, Result, Schema } from "effect"
import * as Certificate from "./Certificate.ts"

/** Where the certificate and its key lie, both in PEM, and how often they are looked at for a new one. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
  readonly reloadInterval: Duration.Duration
}

const reloadInterval = Config.schema(
  Schema.DurationFromString.check(
    Schema.makeFilter((duration) => Duration.isPositive(duration), { expected: "a length of time like 30 seconds" })
  ),
  "RESYNC_TLS_RELOAD_INTERVAL"
).pipe(Config.withDefault(Duration.seconds(30)))

const config = Config.all({
  certificate: Config.option(Config.NonEmptyString("RESYNC_TLS_CERT_FILE")),
  key: Config.option(Config.NonEmptyString("RESYNC_TLS_KEY_FILE")),
  reloadInterval
})

/** Whether the service speaks TLS itself, and by which certificate at the start. */
export class TlsConfig extends Context.Service<
  TlsConfig,
  | { readonly secure: false }
  | { readonly secure: true; readonly files: TlsFiles; readonly certificate: Certificate.Certificate }
>()("@resync/gateway/TlsConfig") {
  /** From the environment. A certificate that cannot be used stops the start. */
  static readonly layer = Layer.effect(
    TlsConfig,
    Effect.gen(function* () {
      const { certificate, key, reloadInterval } = yield* config
      if (Option.isNone(certificate) && Option.isNone(key)) return { secure: false }
      if (Option.isNone(certificate) || Option.isNone(key)) {
        const missing = Option.isNone(key) ? "RESYNC_TLS_KEY_FILE" : "RESYNC_TLS_CERT_FILE"
        return yield* new StartError({ message: `${missing}: a certificate and its key go together` })
      }
      const files: TlsFiles = { certificate: certificate.value, key: key.value, reloadInterval }
      const read = yield* Effect.result(Certificate.read(files))
      if (Result.isFailure(read)) return yield* new StartError({ message: read.failure.message })
      return { secure: true, files, certificate: read.success }
    })
  )

  /** Plain HTTP. */
  static readonly layerPlain = Layer.succeed(TlsConfig, { secure: false })
}
