import { createSecretKey } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import { AccessTokens } from "@resync/identity/sessions/AccessTokens"
import { SigningKeys } from "@resync/identity/sessions/SigningKeys"
import { Effect } from "effect"
import { decodeJwt, SignJWT } from "jose"
import { identity, member, signIn, stores } from "../TestIdentity.ts"

const [store] = stores
if (store === undefined) throw new Error("no store")

layer(identity(store), { timeout: "60 seconds", excludeTestServices: true })("an access token", (it) => {
  it.effect("that is signed by our own key is still for this service and this purpose alone", () =>
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const { kid, privateKey } = yield* (yield* SigningKeys).current
      yield* member("purpose")
      const { access } = yield* signIn("purpose")
      const claims = decodeJwt(access.token)
      const signed = (header: object, changes: object) =>
        Effect.promise(() =>
          new SignJWT({ ...claims, ...changes })
            .setProtectedHeader({ alg: "EdDSA", kid, typ: "at+jwt", ...header })
            .sign(privateKey)
        )
      yield* tokens.verify(yield* signed({}, {}))
      for (const [header, changes] of [
        [{ typ: "JWT" }, {}],
        [{ typ: "logout+jwt" }, {}],
        [{}, { aud: "another" }],
        [{}, { aud: undefined }],
        [{}, { iss: "https://evil.example" }],
        [{}, { sub: "somebody" }],
        [{}, { sid: undefined }],
        [{}, { exp: undefined }],
        [{}, { nbf: (claims.exp ?? 0) + 60 }]
      ]) {
        const error = yield* Effect.flip(tokens.verify(yield* signed(header ?? {}, changes ?? {})))
        assert.deepInclude(error, { reason: "invalid" }, JSON.stringify([header, changes]))
      }
    })
  )

  it.effect("is not signed by what everybody may read", () =>
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const keys = yield* SigningKeys
      const { kid } = yield* keys.current
      yield* member("confused")
      const claims = decodeJwt((yield* signIn("confused")).access.token)
      const published = (yield* keys.published).find((key) => key.kid === kid)
      // The public key in the place of a shared secret, in each form in which somebody could have it.
      for (const secret of [published?.x ?? "", JSON.stringify(published)]) {
        const forged = yield* Effect.promise(() =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: "HS256", kid, typ: "at+jwt" })
            .sign(createSecretKey(Buffer.from(secret.padEnd(32, "="))))
        )
        assert.deepInclude(yield* Effect.flip(tokens.verify(forged)), { reason: "invalid" })
      }
    })
  )
})
