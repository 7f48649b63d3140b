import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import type { Server } from "node:https"
import { createSecureContext } from "node:tls"
import { Effect, Equal, Redacted, Schedule, Schema, type Scope } from "effect"
import type { TlsFiles } from "./TlsConfig.ts"

/** A certificate with its chain, and its key, both in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: Redacted.Redacted
}

/** The files hold no certificate that can be served. */
export class CertificateUnusable extends Schema.TaggedError<CertificateUnusable>()("CertificateUnusable", {
  variable: Schema.Literals(["RESYNC_TLS_CERT_FILE", "RESYNC_TLS_KEY_FILE"]),
  detail: Schema.String
}) {
  override get message() {
    return `${this.variable}: ${this.detail}`
  }
}

const text = (variable: CertificateUnusable["variable"], path: string) =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (cause) => new CertificateUnusable({ variable, detail: `${path} cannot be read: ${reasonOf(cause)}` })
  })

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** What Node's TLS is given. The versions before 1.2 are broken (RFC 8996). */
export const secureOptions = ({ cert, key }: Certificate) =>
  ({ cert, key: Redacted.value(key), minVersion: "TLSv1.2" }) as const

/** Reads the files and makes sure that they belong together. */
export const read = Effect.fn("Certificate.read")(function* (files: TlsFiles) {
  const cert = yield* text("RESYNC_TLS_CERT_FILE", files.certificate)
  const certificate: Certificate = { cert, key: Redacted.make(yield* text("RESYNC_TLS_KEY_FILE", files.key)) }
  yield* Effect.try({
    try: () => new X509Certificate(cert),
    catch: () =>
      new CertificateUnusable({ variable: "RESYNC_TLS_CERT_FILE", detail: `${files.certificate} holds no certificate` })
  })
  yield* Effect.try({
    try: () => createSecureContext(secureOptions(certificate)),
    catch: () =>
      new CertificateUnusable({
        variable: "RESYNC_TLS_KEY_FILE",
        detail: `${files.key} holds no key, or not that of the certificate`
      })
  })
  return certificate
})

/**
 * Gives the server a new certificate once the files hold one: new connections get it, those that stand keep the old one. Files
 * that hold none that can be used change nothing but the log.
 */
export const reload = (server: Server, files: TlsFiles, first: Certificate): Effect.Effect<void, never, Scope.Scope> =>
  Effect.suspend(() => {
    let current = first
    return read(files).pipe(
      Effect.flatMap((next) => {
        if (next.cert === current.cert && Equal.equals(next.key, current.key)) return Effect.void
        current = next
        server.setSecureContext(secureOptions(next))
        return Effect.logInfo("certificate reloaded")
      }),
      Effect.catch((error) => Effect.logError("the certificate is not reloaded", error)),
      Effect.repeat(Schedule.spaced(files.reloadInterval)),
      Effect.delay(files.reloadInterval),
      Effect.forkScoped,
      Effect.asVoid
    )
  })
