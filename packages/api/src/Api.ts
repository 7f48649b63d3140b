import { HttpApi, OpenApi } from "effect/http-api"
import { Account } from "./Account.ts"
import { ApiKeyGroup } from "./ApiKeys.ts"
import { Approvals } from "./Approvals.ts"
import { AuditTrail } from "./AuditTrail.ts"
import { Auth, Keys } from "./Auth.ts"
import { Authentication } from "./Authentication.ts"
import { BulkCommands } from "./BulkCommands.ts"
import { CacheCommands, CacheQueries } from "./Caches.ts"
import { Commands } from "./Commands.ts"
import { HealthGroup } from "./Health.ts"
import { Problems } from "./Problems.ts"
import { RagCommands } from "./RagCommands.ts"
import { RagQueries } from "./RagQueries.ts"
import { ResilienceCommands, ResilienceQueries } from "./Resilience.ts"
import * as ResponseHeaders from "./ResponseHeaders.ts"
import { TwsCommands } from "./TwsCommands.ts"
import { TwsEvents } from "./TwsEvents.ts"
import { TwsQueries } from "./TwsQueries.ts"
import { UserCommands, UserQueries } from "./Users.ts"

/**
 * The HTTP interface of Resync: a contract, which the service implements and its typed client follows.
 *
 * Each part is a file with its groups, queries apart from commands. Sign-in comes as a middleware on the groups under
 * `/api/v1`.
 */
export class Api extends HttpApi.make("resync")
  .add(TwsQueries, TwsCommands, TwsEvents)
  .add(RagQueries, RagCommands)
  .add(ResilienceQueries, ResilienceCommands)
  .add(CacheQueries, CacheCommands)
  .add(Commands, Approvals, BulkCommands, AuditTrail)
  .add(Account, UserQueries, UserCommands, ApiKeyGroup)
  .middleware(Authentication)
  // Probes and scrapes come without credentials.
  .add(HealthGroup)
  // Whoever signs in has none yet.
  .add(Auth, Keys)
  .middleware(Problems)
  // A caller learns all that is wrong with a request at once.
  .annotate(HttpApi.ParamsParseOptions, { errors: "all" })
  .annotate(HttpApi.HeadersParseOptions, { errors: "all" })
  .annotateMerge(
    OpenApi.annotations({
      title: "Resync",
      version: "1",
      description:
        "A resilient, observable, typed service in front of HCL/IBM Workload Automation and its operations knowledge. Every error is a problem " +
        "detail (RFC 9457) with a stable type.",
      transform: ResponseHeaders.transform,
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" }
    })
  ) {}
