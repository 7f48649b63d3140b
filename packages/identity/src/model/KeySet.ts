import { Schema } from "effect"

/** A public key as RFC 8037 writes it. */
export const PublicKey = Schema.Struct({
  kty: Schema.Literal("OKP"),
  crv: Schema.Literal("Ed25519"),
  x: Schema.String,
  kid: Schema.String,
  alg: Schema.Literal("EdDSA"),
  use: Schema.Literal("sig")
}).annotate({ identifier: "PublicKey" })
export type PublicKey = typeof PublicKey.Type

/** Public keys, RFC 7517. */
export const KeySet = Schema.Struct({ keys: Schema.Array(PublicKey) }).annotate({ identifier: "KeySet" })
