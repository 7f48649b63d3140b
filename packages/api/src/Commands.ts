import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { Command, CommandState } from "./Command.ts"
import { CommandId } from "./CommandId.ts"
import { AuditUnavailable, CommandNotFound } from "./CommandProblems.ts"

/** Which commands. Everything given must hold. */
export const CommandQuery = Schema.Struct({
  state: Schema.optionalKey(Schema.Array(CommandState)),
  /** `*` stands for any characters: `tws.job.*`. */
  name: Schema.optionalKey(Schema.NonEmptyString),
  targetId: Schema.optionalKey(Schema.NonEmptyString),
  /** Only those of the caller. */
  mine: Schema.optionalKey(Schema.Boolean),
  parentId: Schema.optionalKey(CommandId),
  /** 1 to 1000; 100 when absent. */
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
  /** The id that the page before ended with. */
  cursor: Schema.optionalKey(CommandId)
})
export interface CommandQuery extends Schema.Schema.Type<typeof CommandQuery> {}

export const CommandListing = Schema.Struct({
  items: Schema.Array(Command),
  nextCursor: Schema.NullOr(CommandId)
})

/** What became of commands. Somebody who is narrowed to a part of the scheduler sees only his own. */
export class Commands extends HttpApiGroup.make("commands")
  .add(
    HttpApiEndpoint.get("commands", "/commands", {
      query: CommandQuery,
      success: CommandListing,
      error: AuditUnavailable
    }).annotate(OpenApi.Summary, "Commands, the newest first"),
    HttpApiEndpoint.get("command", "/commands/:id", {
      params: { id: CommandId },
      success: Command,
      error: [CommandNotFound, AuditUnavailable]
    }).annotate(OpenApi.Summary, "One command with what became of it")
  )
  .prefix("/api/v1")
  .annotateEndpoints(RequiredPermission, "commands:read")
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({ title: "Commands", description: "What became of commands." })) {}
