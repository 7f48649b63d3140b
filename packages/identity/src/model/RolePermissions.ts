import * as Permission from "./Permission.ts"
import type { Role } from "./Role.ts"

const viewer: ReadonlyArray<Permission.Permission> = Permission.reading
const operator: ReadonlyArray<Permission.Permission> = [...viewer, ...Permission.operating]

/** What each role may do. */
export const table: Readonly<Record<Role, ReadonlySet<Permission.Permission>>> = {
  viewer: new Set(viewer),
  operator: new Set(operator),
  admin: new Set(Permission.all)
}

/** What the roles may do together. */
export const of = (roles: Iterable<Role>): ReadonlySet<Permission.Permission> => {
  const [first, ...rest] = new Set(roles)
  if (first === undefined) return new Set()
  return rest.length === 0 ? table[first] : new Set([first, ...rest].flatMap((role) => [...table[role]]))
}
