import { NodeHttpServer } from "@effect/platform-node"
import * as Telemetry from "@resync/telemetry/Telemetry"
import { type Context, Effect, Layer, type Scope } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { Drain } from "../process/Drain.ts"
import * as Routes from "../Routes.ts"
import * as RequestContext from "./RequestContext.ts"
import * as Server from "./Server.ts"
import { TlsConfig } from "./TlsConfig.ts"

const routes = Routes.layer.pipe(Layer.provide(NodeHttpServer.layerHttpServices))

/** The routes behind the listening server. They are complete before it listens, so that no early request finds nothing. */
const serving = Layer.unwrap(
  Effect.map(HttpRouter.toHttpEffect(routes), (app) => {
    const serve = Effect.flatMap(HttpServer.HttpServer, (server) =>
      Effect.updateContext(server.serve(app, Telemetry.middleware), (context: Context.Context<Scope.Scope>) =>
        RequestContext.of(context)
      )
    )
    return Layer.effectDiscard(serve).pipe(Layer.provideMerge(Server.layer), Layer.provide(Server.bodyLimit))
  })
)

/** The HTTP service. Closing it drains first. */
export const layer = Drain.onClose.pipe(Layer.provideMerge(serving), Layer.provideMerge([Drain.layer, TlsConfig.layer]))
