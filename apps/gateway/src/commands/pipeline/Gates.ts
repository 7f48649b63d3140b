import type { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Problem } from "@resync/api/Problem"
import { Audit } from "@resync/identity/audit/Audit"
import type { Denial } from "@resync/identity/model/Authorize"
import type { Principal } from "@resync/identity/model/Principal"
import type { Target } from "@resync/identity/model/Scope"
import { DateTime, Duration, Effect } from "effect"
import type { Failed, Seen } from "../../dispatch/Command.ts"
import { outOfScope } from "../../dispatch/outOfScope.ts"
import { within } from "../../dispatch/within.ts"
import { problem } from "../../security/Permit.ts"
import { ApprovalPolicies, applies } from "./ApprovalPolicies.ts"
import type * as Caller from "./Caller.ts"
import * as CommandAudit from "./CommandAudit.ts"
import type * as Slot from "./Slot.ts"

type Look = Effect.Effect<Seen | undefined, Failed<Problem>, CurrentPrincipal>

/** How long a command waits for approval, where its policy does not say. */
const defaultWait = Duration.hours(1)

/** What of a command lies outside of what somebody is narrowed to, by what was seen of it. */
export const outside = (seen: Seen | undefined, principal: Pick<Principal, "scopes">): Target | undefined =>
  (seen?.parts?.map(({ target }) => target) ?? [seen?.target ?? {}]).find((target) => !within(principal)(target))

/** What a command has to pass before it is carried out: by who asks, by where its target lies, and by policies. */
export const make = Effect.gen(function* () {
  const audit = yield* Audit
  const policies = yield* ApprovalPolicies

  /** Says no, and writes down that it was said. */
  const refuse = (denial: Denial, told: CommandAudit.Told) =>
    Effect.andThen(
      CommandAudit.write(
        audit,
        [CommandAudit.draft(told, { phase: "event", outcome: "refused", detail: { denied: denial._tag } })],
        { sent: false }
      ),
      Effect.fail(problem(denial))
    )

  /** Who is narrowed acts on what lies within, all of it, and on nothing that cannot be known. */
  const withinScopes = Effect.fnUntraced(function* (
    slot: Slot.Slot,
    { principal }: Caller.Caller,
    look: Look,
    told: CommandAudit.Told
  ) {
    if (principal.scopes.length === 0 || slot.command.everywhere || slot.handler.look === undefined) return
    const beyond = outside(yield* Effect.mapError(look, (failed) => failed.problem), principal)
    if (beyond === undefined) return
    return yield* refuse(outOfScope(slot.command.access, beyond), told)
  })

  /** The policy that asks for somebody else to agree, and until when. */
  const policyFor = Effect.fnUntraced(function* (slot: Slot.Slot, look: Look, told: CommandAudit.Told) {
    if (!slot.command.approvable) return undefined
    const known = yield* Effect.catchTag(policies.all, "SqlError", CommandAudit.storeUnavailable({ sent: false }))
    if (known.length === 0) return undefined
    const seen = yield* Effect.orElseSucceed(look, () => undefined)
    const parts = [{ command: told.name, target: seen?.target ?? told.facts.target }, ...(seen?.parts ?? [])]
    const policy = known.find((one) => parts.some(({ command, target }) => applies(one, command, target)))
    if (policy === undefined) return undefined
    const wait = policy.rule.expiresAfter ?? defaultWait
    return { policy: policy.name, expiresAt: DateTime.addDuration(yield* DateTime.now, wait) }
  })

  return { refuse, withinScopes, policyFor }
})
