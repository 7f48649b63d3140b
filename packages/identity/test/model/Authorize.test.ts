import { assert, describe, it } from "@effect/vitest"
import { authorize } from "@resync/identity/model/Authorize"
import * as Permission from "@resync/identity/model/Permission"
import * as Principal from "@resync/identity/model/Principal"
import * as Role from "@resync/identity/model/Role"
import * as RolePermissions from "@resync/identity/model/RolePermissions"
import type * as Scope from "@resync/identity/model/Scope"
import { Schema } from "effect"

const principal = (changes: Partial<Principal.Principal>): Principal.Principal => ({
  kind: "user",
  id: "1",
  name: "ana",
  roles: ["operator"],
  permissions: RolePermissions.of(changes.roles ?? ["operator"]),
  scopes: [],
  mfa: false,
  ...changes
})

describe("roles", () => {
  it("may do all that the weaker ones may, and more", () => {
    const [viewer, operator, admin] = Role.all.map((role) => RolePermissions.table[role])
    assert.isTrue(viewer !== undefined && operator !== undefined && admin !== undefined)
    if (viewer === undefined || operator === undefined || admin === undefined) return
    for (const permission of viewer) assert.isTrue(operator.has(permission), permission)
    for (const permission of operator) assert.isTrue(admin.has(permission), permission)
    assert.isTrue(viewer.size < operator.size && operator.size < admin.size)
    assert.strictEqual(admin.size, Permission.all.length)
  })

  it("let a viewer change nothing", () => {
    for (const permission of RolePermissions.table.viewer) assert.match(permission, /:read$/)
  })

  it("let only an admin near users, keys and the audit trail", () => {
    for (const permission of RolePermissions.table.operator)
      assert.notMatch(permission, /^(users|api-keys|audit|sessions):/)
  })

  it("add up", () => {
    assert.deepStrictEqual(RolePermissions.of(["viewer", "admin"]), RolePermissions.table.admin)
    assert.strictEqual(RolePermissions.of([]).size, 0)
  })
})

describe("authorize", () => {
  it.prop("allows what the roles allow and nothing else", [Role.Role, Permission.Permission], ([role, permission]) => {
    const denial = authorize(principal({ roles: [role] }), permission)
    assert.strictEqual(denial === undefined, RolePermissions.table[role].has(permission))
  })

  const somewhere = Schema.Literals(["*", "CPU?", "/A/*", "NOWHERE"])

  it.prop("never allows more with a scope than without", [somewhere, Role.Role, Permission.Permission], (values) => {
    const [pattern, role, permission] = values
    const scope = { workstation: pattern }
    const target = { workstation: "CPU1", folder: "/A/" }
    const narrowed = authorize(principal({ roles: [role], scopes: [scope] }), permission, target)
    if (narrowed === undefined) assert.isUndefined(authorize(principal({ roles: [role] }), permission, target))
  })

  it("keeps to scopes, each of which is enough", () => {
    const scopes = [{ workstation: "PROD*" }, { workstation: "TEST?", folder: "/batch/*" }]
    const ask = (target: Scope.Target) => authorize(principal({ scopes }), "jobs:hold", target)?._tag
    assert.isUndefined(ask({ workstation: "prod17", folder: "/x/" }))
    assert.isUndefined(ask({ workstation: "TEST1", folder: "/BATCH/NIGHT/" }))
    assert.strictEqual(ask({ workstation: "TEST1", folder: "/x/" }), "OutOfScope")
    assert.strictEqual(ask({ workstation: "TEST1" }), "OutOfScope")
    assert.strictEqual(ask({}), "OutOfScope")
  })

  it("allows nothing before what has to be done first is done", () => {
    const denial = authorize(principal({ roles: ["admin"], restriction: "mfa" }), "tws:read")
    assert.deepStrictEqual(denial, { _tag: "Restricted", restriction: "mfa" })
  })

  it("lets the service itself do everything", () => {
    for (const permission of Permission.all) {
      assert.isUndefined(authorize(Principal.system("x"), permission, { workstation: "any" }))
    }
  })
})
