import { Api } from "@resync/api/Api"
import { Layer } from "effect"
import { HttpApiBuilder, HttpApiScalar } from "effect/http-api"
import * as CachesHttp from "./caches/CachesHttp.ts"
import * as ApprovalsHttp from "./commands/ApprovalsHttp.ts"
import * as BulkHttp from "./commands/BulkHttp.ts"
import * as RagCommands from "./commands/RagCommands.ts"
import * as TwsCommands from "./commands/TwsCommands.ts"
import * as Dispatch from "./Dispatch.ts"
import * as TwsEvents from "./events/TwsEvents.ts"
import * as HealthHttp from "./health/HealthHttp.ts"
import * as Cors from "./http/Cors.ts"
import * as ProblemEdge from "./http/ProblemEdge.ts"
import * as Problems from "./http/Problems.ts"
import * as SecurityHeaders from "./http/SecurityHeaders.ts"
import * as AccountHttp from "./identity/AccountHttp.ts"
import * as ApiKeysHttp from "./identity/ApiKeysHttp.ts"
import * as AuthHttp from "./identity/AuthHttp.ts"
import * as UsersHttp from "./identity/UsersHttp.ts"
import * as AuditHttp from "./queries/AuditHttp.ts"
import * as CommandsHttp from "./queries/CommandsHttp.ts"
import * as RagQueries from "./queries/RagQueries.ts"
import * as TwsQueries from "./queries/TwsQueries.ts"
import * as ResilienceCommands from "./resilience/ResilienceCommands.ts"
import * as ResilienceQueries from "./resilience/ResilienceQueries.ts"
import * as ClientEdge from "./security/ClientEdge.ts"

const groups = Layer.mergeAll(
  TwsQueries.layer,
  TwsCommands.layer,
  BulkHttp.layer,
  ApprovalsHttp.layer,
  CommandsHttp.layer,
  AuditHttp.layer,
  TwsEvents.layer,
  RagQueries.layer,
  RagCommands.layer,
  ResilienceQueries.layer,
  ResilienceCommands.layer,
  CachesHttp.queries,
  CachesHttp.commands,
  AuthHttp.layer,
  AuthHttp.keys,
  AccountHttp.layer,
  UsersHttp.queries,
  UsersHttp.commands,
  ApiKeysHttp.layer,
  HealthHttp.layer
).pipe(Layer.provide(Dispatch.layer), Layer.provide(Problems.layer))

/** All that is served: the contract, its description and the page to read it. */
export const layer = Layer.mergeAll(
  HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }).pipe(Layer.provide(groups)),
  HttpApiScalar.layer(Api, { path: "/docs" }),
  ProblemEdge.layer,
  SecurityHeaders.layer,
  Cors.layer,
  ClientEdge.layer
)
