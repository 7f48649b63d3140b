import { Forbidden } from "@resync/api/AccessProblems"
import * as CommandProblems from "@resync/api/CommandProblems"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import { IdentityNotFound, IdentityUnavailable } from "@resync/api/IdentityProblems"
import { ApiKeys } from "@resync/identity/apikeys/ApiKeys"
import { ApiKey } from "@resync/identity/model/ApiKey"
import { authorize } from "@resync/identity/model/Authorize"
import { ApiKeyId, UserId } from "@resync/identity/model/Ids"
import { Permission } from "@resync/identity/model/Permission"
import { Scope } from "@resync/identity/model/Scope"
import { Duration, Effect, type Redacted, Schema } from "effect"
import { Commands } from "../commands/pipeline/Commands.ts"
import * as Command from "../dispatch/Command.ts"
import * as Caller from "./Caller.ts"
import { changing } from "./IdentityCommand.ts"

/** A key can do no more than its owner, wherever that is. */
const common = { access: "signed-in", readableBy: "api-keys:read", repeatable: true, everywhere: true } as const
const base = [IdentityUnavailable, CommandProblems.CommandFateUnknown, Forbidden] as const

interface NewApiKey {
  readonly apiKey: ApiKey
  readonly secret: Redacted.Redacted
}

export const CreateApiKey = Command.make("api-key.create", {
  ...common,
  request: Schema.toCodecJson(
    Schema.Struct({
      name: Schema.String,
      permissions: Schema.NonEmptyArray(Permission),
      scopes: Schema.Array(Scope),
      expiresInDays: Schema.Int
    })
  ),
  answer: Command.withheld<NewApiKey>()(Schema.toCodecJson(Schema.Struct({ apiKey: ApiKey }))),
  problems: Schema.toCodecJson(Schema.Union([...base, CommandProblems.SecretShownOnce])),
  target: () => undefined,
  shownOnce: true
})

export const RevokeApiKey = Command.make("api-key.revoke", {
  ...common,
  request: Schema.toCodecJson(Schema.Struct({ id: ApiKeyId })),
  answer: Schema.toCodecJson(ApiKey),
  problems: Schema.toCodecJson(Schema.Union([...base, IdentityNotFound])),
  target: ({ id }) => ({ kind: "api-key", id })
})

const encodeKey = Schema.encodeSync(Schema.toCodecJson(ApiKey))
const targetOf = ({ id, name }: ApiKey) => ({ kind: "api-key", id, name })

/** Whose keys the caller may end: all, or his own. */
const owner = Effect.gen(function* () {
  const any = authorize(yield* CurrentPrincipal, "api-keys:write") === undefined
  return any ? undefined : UserId.make((yield* Effect.mapError(Caller.user, Command.refused)).id)
})

/** Puts the handlers of changes of API keys in place. */
export const register = Effect.gen(function* () {
  const keys = yield* ApiKeys
  const { handle } = yield* Commands

  handle(CreateApiKey, {
    act: Effect.fnUntraced(function* ({ expiresInDays, ...key }) {
      const user = yield* Effect.mapError(Caller.user, Command.refused)
      return yield* changing(keys.create(user, { ...key, lifetime: Duration.days(expiresInDays) }))
    }),
    made: ({ apiKey }) => targetOf(apiKey),
    after: ({ apiKey }) => encodeKey(apiKey)
  })
  handle(RevokeApiKey, {
    look: Effect.fnUntraced(function* ({ id }) {
      const found = yield* changing(keys.list(yield* owner))
      const key = found.find((one) => one.id === id)
      return key === undefined ? undefined : { target: targetOf(key), before: encodeKey(key) }
    }),
    act: Effect.fnUntraced(function* ({ id }) {
      return yield* changing(keys.revoke(id, yield* owner))
    })
  })
})
