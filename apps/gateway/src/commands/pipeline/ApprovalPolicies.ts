import { ApprovalPolicy } from "@resync/api/Approvals"
import type { AuditTarget } from "@resync/identity/audit/AuditEntry"
import * as Pattern from "@resync/identity/model/Pattern"
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { CommandStore } from "./CommandStore.ts"

const Json = Schema.fromJsonString(ApprovalPolicy)
const encode = Schema.encodeSync(Json)
const decode = Schema.decodeUnknownEffect(Json)

const bare = (path: string) => path.slice(path.lastIndexOf("/") + 1)

/** A pattern that is not given fits everything; what is not known of a target fits every pattern, so that it is asked for. */
const fits = (pattern: string | undefined, ...values: ReadonlyArray<string | undefined>) => {
  if (pattern === undefined) return true
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 || known.some((value) => Pattern.matches(pattern, value))
}

/** Whether a policy asks for approval of a command on a target. */
export const applies = ({ rule }: ApprovalPolicy, command: string, target: AuditTarget | undefined): boolean =>
  Pattern.matches(rule.command, command) &&
  fits(rule.name, target?.name) &&
  fits(rule.folder, target?.folder) &&
  fits(rule.workstation, target?.workstation, target?.workstation === undefined ? undefined : bare(target.workstation))

/** The policies that ask for a second pair of eyes. Read anew for each command, so that all gateways go by the same at once. */
export class ApprovalPolicies extends Context.Service<
  ApprovalPolicies,
  {
    readonly all: Effect.Effect<ReadonlyArray<ApprovalPolicy>, SqlError>
    set(policy: ApprovalPolicy): Effect.Effect<void, SqlError>
    /** Whether there was one. */
    remove(name: string): Effect.Effect<boolean, SqlError>
  }
>()("@resync/gateway/ApprovalPolicies") {
  /** Its table is made with the store of commands. */
  static readonly layer = Layer.effect(
    ApprovalPolicies,
    Effect.gen(function* () {
      yield* CommandStore
      const sql = yield* SqlClient.SqlClient
      return ApprovalPolicies.of({
        all: Effect.flatMap(
          sql<{ readonly policy: string }>`SELECT policy FROM approval_policies ORDER BY name`,
          (rows) => Effect.orDie(Effect.forEach(rows, ({ policy }) => decode(policy)))
        ),
        set: (policy) =>
          Effect.asVoid(sql`
            INSERT INTO approval_policies (name, policy) VALUES (${policy.name}, ${encode(policy)})
            ON CONFLICT (name) DO UPDATE SET policy = excluded.policy
          `),
        remove: (name) =>
          Effect.map(sql`DELETE FROM approval_policies WHERE name = ${name} RETURNING name`, (rows) => rows.length > 0)
      })
    })
  )
}
