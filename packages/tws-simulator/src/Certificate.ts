import { DateTime, Effect, Schema } from "effect"
import { generate } from "selfsigned"

/** The key and certificate of a TLS server, in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

export class CertificateError extends Schema.TaggedError<CertificateError>()("CertificateError", {
  cause: Schema.Defect()
}) {}

/** A self-signed certificate for localhost, valid for a year; an expired one ran out yesterday. */
export const selfSigned = Effect.fn("Certificate.selfSigned")(function* (expired: boolean) {
  const now = yield* DateTime.now
  const inDays = (days: number) => DateTime.toDateUtc(DateTime.add(now, { days }))
  const { cert, private: key } = yield* Effect.tryPromise({
    try: () =>
      generate([{ name: "commonName", value: "localhost" }], {
        keyType: "ec",
        notBeforeDate: inDays(expired ? -31 : -1),
        notAfterDate: inDays(expired ? -1 : 365),
        extensions: [
          { name: "basicConstraints", cA: true },
          {
            name: "subjectAltName",
            altNames: [
              { type: 2, value: "localhost" },
              { type: 7, ip: "127.0.0.1" }
            ]
          }
        ]
      }),
    catch: (cause) => new CertificateError({ cause })
  })
  return { cert, key } satisfies Certificate
})
