import * as FirstAdmin from "@resync/identity/users/FirstAdmin"
import { StartError } from "@resync/service/StartError"
import { Context, Effect, Layer } from "effect"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import * as Authenticate from "./Authenticate.ts"
import { isLoopback } from "./Loopback.ts"
import * as OpenAccess from "./OpenAccess.ts"
import { SecurityConfig } from "./SecurityConfig.ts"

/** How somebody gets in for the first time, to be printed once. */
export class FirstSignIn extends Context.Service<
  FirstSignIn,
  { readonly auth: "on" | "off"; readonly admin: FirstAdmin.FirstSignIn | undefined }
>()("@resync/gateway/FirstSignIn") {
  /** Makes the first administrator where sign-in is needed. */
  static readonly layer = Layer.effect(
    FirstSignIn,
    Effect.gen(function* () {
      const { auth } = yield* SecurityConfig
      return { auth, admin: auth === "off" ? undefined : yield* FirstAdmin.ensure() }
    })
  )
}

/** Sign-in for everybody who may reach the service; without it only on an address that no other machine reaches. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { auth } = yield* SecurityConfig
    const { host } = yield* GatewayConfig
    if (auth === "on") return Authenticate.layer
    if (!isLoopback(host)) {
      return yield* new StartError({
        message: `RESYNC_AUTH: off is possible only on a loopback address, and RESYNC_HOST is ${host}`
      })
    }
    return OpenAccess.layer()
  })
)
