import { Layer } from "effect"
import { HttpRouter } from "effect/http"
import * as Authentication from "./Authentication.ts"
import { contract } from "./Contract.ts"
import { controlRoutes } from "./ControlRoutes.ts"
import { json } from "./Exchange.ts"
import { fallbackRoute } from "./FallbackRoute.ts"
import * as FaultMiddleware from "./FaultMiddleware.ts"
import { planJobRoutes } from "./PlanJobRoutes.ts"

const description = HttpRouter.route("GET", "/twsd/WA_API3_v2.json", json(contract))

const api = HttpRouter.addAll([...planJobRoutes, description, fallbackRoute]).pipe(Layer.provide(Authentication.layer))

/** Every route of the simulator: the scheduler's API behind sign-in and faults, and the control surface. */
export const layer = Layer.mergeAll(api, HttpRouter.addAll(controlRoutes), FaultMiddleware.layer)
