import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import { Audit } from "@resync/identity/audit/Audit"
import { AuditConfig } from "@resync/identity/audit/AuditConfig"
import * as ConfigMessage from "@resync/service/ConfigMessage"
import * as RunMain from "@resync/service/RunMain"
import * as VariableFiles from "@resync/service/VariableFiles"
import * as StoreConfig from "@resync/store/StoreConfig"
import * as Telemetry from "@resync/telemetry/Telemetry"
import { Effect, Layer } from "effect"
import * as Banner from "./Banner.ts"
import * as UploadFolder from "./commands/UploadFolder.ts"
import { GatewayConfig } from "./config/GatewayConfig.ts"
import * as Serve from "./http/Serve.ts"
import * as IdentitySettings from "./identity/IdentitySettings.ts"
import { SecurityEvents } from "./identity/SecurityEvents.ts"
import * as AuditClaim from "./process/AuditClaim.ts"
import * as SharedResilience from "./resilience/SharedResilience.ts"
import { RateLimits } from "./security/RateLimits.ts"
import * as Security from "./security/Security.ts"
import { FirstSignIn } from "./security/Security.ts"
import { SecurityConfig } from "./security/SecurityConfig.ts"
import { StartKey } from "./security/StartKey.ts"
import * as Knowledge from "./upstream/Knowledge.ts"
import * as Upstream from "./upstream/Upstream.ts"

/** The whole service from the environment. */
export const layer = Banner.layer.pipe(
  Layer.provideMerge(Serve.layer),
  Layer.provide(UploadFolder.layerSweep.pipe(Layer.provide(NodeServices.layer))),
  Layer.provide(Security.layer),
  Layer.provideMerge([
    FirstSignIn.layer,
    RateLimits.layer,
    StartKey.layer,
    IdentitySettings.oidcLayer,
    SecurityEvents.layer
  ]),
  Layer.provideMerge(Upstream.layer),
  Layer.provide(Knowledge.layer),
  Layer.provide(IdentitySettings.layer),
  Layer.provide(AuditClaim.layer),
  Layer.provide(Audit.layer),
  Layer.provide(AuditConfig.layer),
  Layer.provide(StoreConfig.layer),
  Layer.provide(SharedResilience.layer),
  Layer.provide([SecurityConfig.layer, NodeHttpClient.layerUndici]),
  Layer.provide(GatewayConfig.layer),
  Layer.provide(Telemetry.layer),
  Layer.provide(VariableFiles.layer)
)

/** Runs the service until it is told to stop. What keeps it from starting is one line on stderr and exit code 1. */
export const main = Layer.launch(layer).pipe(
  Effect.catchTags({
    ConfigError: (error) => RunMain.failStart(ConfigMessage.ofError(error)),
    EmbedderUnavailable: (error) => RunMain.failStart(error.message),
    StartError: (error) => RunMain.failStart(error.message),
    StoreError: (error) => RunMain.failStart(error.message),
    AuditKeyUnusable: (error) => RunMain.failStart(error.message),
    AuditUntrusted: (error) => RunMain.failStart(error.message),
    AuditUnavailable: (error) =>
      RunMain.failStart(`the first administrator could not be made, since it could not be recorded: ${error.detail}`),
    SecretKeyUnusable: (error) => RunMain.failStart(error.message),
    IdentityUnavailable: () =>
      RunMain.failStart("the first administrator could not be made: the store does not answer"),
    // The only file that is read at the start.
    PlatformError: (error) => RunMain.failStart(`TWS_CA_FILE: ${error.message}`)
  }),
  // What is left are policies of one name with two settings: a mistake in this program.
  Effect.orDie
)
