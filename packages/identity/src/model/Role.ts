import { Schema } from "effect"

/** What somebody is here: each role may do all that the one before may, and more. */
export const Role = Schema.Literals(["viewer", "operator", "admin"]).annotate({ identifier: "Role" })
export type Role = typeof Role.Type

/** All roles, the weakest first. */
export const all: ReadonlyArray<Role> = Role.literals
