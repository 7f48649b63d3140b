import { SessionId, UserId } from "@resync/identity/model/Ids"
import { Role } from "@resync/identity/model/Role"
import { Scope } from "@resync/identity/model/Scope"
import { Session } from "@resync/identity/model/Session"
import { User } from "@resync/identity/model/User"
import { UserName } from "@resync/identity/model/UserName"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { Secret } from "./Auth.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { keyed } from "./Idempotency.ts"
import { IdentityConflict, IdentityNotFound } from "./IdentityProblems.ts"

const Roles = Schema.Array(Role).check(Schema.isMaxLength(3))
const Scopes = Schema.Array(Scope).check(Schema.isMaxLength(100))

/** A user and the password for the first sign-in, which is shown here and never again. */
const WithOneTimePassword = Schema.Struct({ user: User, oneTimePassword: Secret }).annotate({
  identifier: "UserWithOneTimePassword"
})

const one = { params: { id: UserId } }
const changed = { ...one, headers: keyed }

/** Who may sign in. */
export class UserQueries extends HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.get("users", "/", {
      query: {
        /** The `nextCursor` of the page before. */
        cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(256))),
        limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 })))
      },
      success: Schema.Struct({ items: Schema.Array(User), nextCursor: Schema.NullOr(Schema.String) })
    })
      .annotate(RequiredPermission, "users:read")
      .annotate(OpenApi.Summary, "All users, by name"),
    HttpApiEndpoint.get("user", "/:id", { ...one, success: User, error: IdentityNotFound })
      .annotate(RequiredPermission, "users:read")
      .annotate(OpenApi.Summary, "One user"),
    HttpApiEndpoint.get("userSessions", "/:id/sessions", {
      ...one,
      success: Schema.Struct({ items: Schema.Array(Session) })
    })
      .annotate(RequiredPermission, "sessions:read")
      .annotate(OpenApi.Summary, "The sessions of a user")
  )
  .prefix("/api/v1/users")
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({ title: "Users", description: "Who may sign in." })) {}

/** Makes, changes and removes users. A change holds for sessions that are under way. */
export class UserCommands extends HttpApiGroup.make("userCommands")
  .add(
    HttpApiEndpoint.post("createUser", "/", {
      headers: keyed,
      payload: Schema.Struct({ name: UserName, roles: Roles, scopes: Schema.optionalKey(Scopes) }),
      success: WithOneTimePassword.pipe(HttpApiSchema.status(201)),
      error: [IdentityConflict, CommandProblems.SecretShownOnce, ...CommandProblems.all]
    }).annotate(OpenApi.Summary, "Make a user with a one-time password"),
    HttpApiEndpoint.patch("updateUser", "/:id", {
      ...changed,
      payload: Schema.Struct({
        name: Schema.optionalKey(UserName),
        roles: Schema.optionalKey(Roles),
        scopes: Schema.optionalKey(Scopes)
      }),
      success: User,
      error: [IdentityNotFound, IdentityConflict, ...CommandProblems.all]
    }).annotate(OpenApi.Summary, "Change name, roles or scopes of a user"),
    HttpApiEndpoint.delete("removeUser", "/:id", {
      ...changed,
      success: HttpApiSchema.NoContent,
      error: [IdentityNotFound, IdentityConflict, ...CommandProblems.all]
    }).annotate(OpenApi.Summary, "Remove a user with all sessions and keys"),
    HttpApiEndpoint.post("disableUser", "/:id/actions/disable", {
      ...changed,
      success: User,
      error: [IdentityNotFound, IdentityConflict, ...CommandProblems.all]
    }).annotate(OpenApi.Summary, "Keep a user out, at once"),
    HttpApiEndpoint.post("enableUser", "/:id/actions/enable", {
      ...changed,
      success: User,
      error: [IdentityNotFound, ...CommandProblems.all]
    }).annotate(OpenApi.Summary, "Let a disabled user in again"),
    HttpApiEndpoint.post("resetPassword", "/:id/actions/reset-password", {
      ...changed,
      success: WithOneTimePassword,
      error: [IdentityNotFound, IdentityConflict, CommandProblems.SecretShownOnce, ...CommandProblems.all]
    }).annotate(OpenApi.Summary, "A new one-time password; ends all sessions"),
    HttpApiEndpoint.post("resetMfa", "/:id/actions/reset-mfa", {
      ...changed,
      success: User,
      error: [IdentityNotFound, ...CommandProblems.all]
    }).annotate(OpenApi.Summary, "Take away a second factor that was lost; ends all sessions")
  )
  .annotateEndpoints(RequiredPermission, "users:write")
  .add(
    HttpApiEndpoint.delete("revokeUserSession", "/:id/sessions/:sessionId", {
      params: { id: UserId, sessionId: SessionId },
      headers: keyed,
      success: HttpApiSchema.NoContent,
      error: [IdentityNotFound, ...CommandProblems.all]
    })
      .annotate(RequiredPermission, "sessions:revoke")
      .annotate(OpenApi.Summary, "End a session of a user")
  )
  .prefix("/api/v1/users")
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({ title: "User commands", description: "Makes, changes and removes users." })) {}
