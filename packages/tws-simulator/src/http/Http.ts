import { Layer } from "effect"
import { HttpRouter } from "effect/http"
import * as Authentication from "./Authentication.ts"
import { controlRoutes } from "./ControlRoutes.ts"
import { engineRoutes } from "./EngineRoutes.ts"
import { fallbackRoute } from "./FallbackRoute.ts"
import * as FaultMiddleware from "./FaultMiddleware.ts"
import { jobLogRoutes } from "./JobLogRoutes.ts"
import { modelRoutes } from "./ModelRoutes.ts"
import { planJobRoutes } from "./PlanJobRoutes.ts"
import { planJobStreamRoutes } from "./PlanJobStreamRoutes.ts"
import { planObjectRoutes } from "./PlanObjectRoutes.ts"
import { submitRoutes } from "./SubmitRoutes.ts"
import { v1JobRoutes } from "./V1JobRoutes.ts"
import { v1ModelRoutes } from "./V1ModelRoutes.ts"
import { v1PlanRoutes } from "./V1PlanRoutes.ts"
import { v1SubmitRoutes } from "./V1SubmitRoutes.ts"

const api = HttpRouter.addAll([
  ...engineRoutes,
  ...planJobRoutes,
  ...jobLogRoutes,
  ...planJobStreamRoutes,
  ...planObjectRoutes,
  ...submitRoutes,
  ...modelRoutes,
  ...v1PlanRoutes,
  ...v1JobRoutes,
  ...v1ModelRoutes,
  ...v1SubmitRoutes,
  fallbackRoute
]).pipe(Layer.provide(Authentication.layer))

/** Every route of the simulator: the scheduler's API behind sign-in and faults, and the control surface. */
export const layer = Layer.mergeAll(api, HttpRouter.addAll(controlRoutes), FaultMiddleware.layer)
