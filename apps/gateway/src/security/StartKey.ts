import { timingSafeEqual } from "node:crypto"
import { marker } from "@resync/identity/apikeys/ApiKeys"
import type { Principal } from "@resync/identity/model/Principal"
import * as RolePermissions from "@resync/identity/model/RolePermissions"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import * as Hex from "effect/encoding/Hex"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import { Upstream } from "../upstream/Upstream.ts"
import { isLoopback } from "./Loopback.ts"
import { SecurityConfig } from "./SecurityConfig.ts"

/** What the key may do: as an operator may, on a scheduler that is only simulated. */
const principal: Principal = {
  kind: "api-key",
  id: "start",
  name: "the key of this start",
  roles: ["operator"],
  permissions: RolePermissions.of(["operator"]),
  scopes: [],
  mfa: false
}

const none = { key: Option.none<Redacted.Redacted>(), principalOf: () => undefined }

/**
 * A key for whoever has just started the service to try it: printed at the start, kept nowhere, good until the process ends. Only
 * where the scheduler is simulated and nobody but this machine reaches the service.
 */
export class StartKey extends Context.Service<
  StartKey,
  {
    readonly key: Option.Option<Redacted.Redacted>
    readonly principalOf: (credential: string) => Principal | undefined
  }
>()("@resync/gateway/StartKey") {
  static readonly layer = Layer.effect(
    StartKey,
    Effect.gen(function* () {
      const { auth } = yield* SecurityConfig
      const { host } = yield* GatewayConfig
      const { simulator } = yield* Upstream
      if (auth === "off" || simulator === undefined || !isLoopback(host)) return none
      const random = yield* SecureRandom.SecureRandom
      const text = `${marker}start_${Hex.encode(yield* random.randomBytes(16))}`
      const bytes = Buffer.from(text)
      return {
        key: Option.some(Redacted.make(text)),
        principalOf: (credential: string) => {
          // Its length is no secret, and tells it from nearly all others.
          if (credential.length !== text.length) return undefined
          const given = Buffer.from(credential)
          return given.length === bytes.length && timingSafeEqual(given, bytes) ? principal : undefined
        }
      }
    })
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))

  /** No such key. */
  static readonly layerNone = Layer.succeed(StartKey, none)
}
