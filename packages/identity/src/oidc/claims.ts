import { DateTime, Option, Predicate, Schema } from "effect"
import type { Role } from "../model/Role.ts"
import type { AuthenticationMethod } from "../model/Session.ts"
import { UserName } from "../model/UserName.ts"
import type { RoleMapping } from "./OidcOptions.ts"

type Claims = Readonly<Record<string, unknown>>

const texts = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string" ? [value] : Array.isArray(value) ? value.filter((item) => typeof item === "string") : []

/** The values of a claim: a text, or a list of them, perhaps inside of an object. */
const valuesOf = (claims: Claims, claim: string): ReadonlyArray<string> => {
  if (Object.hasOwn(claims, claim)) return texts(claims[claim])
  let at: unknown = claims
  for (const key of claim.split("."))
    at = Predicate.isObject(at) && Object.hasOwn(at, key) ? (at as Claims)[key] : undefined
  return texts(at)
}

/** The roles that a provider's claims give, each once. */
export const rolesOf = (claims: Claims, claim: string, mapping: ReadonlyArray<RoleMapping>): ReadonlyArray<Role> => {
  const values = new Set(valuesOf(claims, claim))
  return [...new Set(mapping.filter(({ value }) => value === "*" || values.has(value)).map(({ role }) => role))]
}

/** The name that somebody gets here: what the provider calls them, if it can be a name, and else its own id. */
export const nameOf = (claims: Claims, subject: string): UserName => {
  const wanted = [claims["preferred_username"], claims["email"], claims["name"], subject]
  for (const name of wanted) {
    const decoded = Schema.decodeUnknownOption(UserName)(name)
    if (Option.isSome(decoded)) return decoded.value
  }
  // A subject is up to 255 ASCII characters, some of which a name may not have.
  return `oidc ${subject.replaceAll(/[^\w]/g, "").slice(0, 50)}`
}

/** Names of RFC 8176 that mean more than a password. */
const strong = new Set(["mfa", "otp", "hwk", "sms", "fpt", "face", "pop"])

/** How the provider says that it proved who somebody is. */
export const methodsOf = (claims: Claims): ReadonlyArray<AuthenticationMethod> =>
  texts(claims["amr"]).some((method) => strong.has(method)) ? ["oidc", "mfa"] : ["oidc"]

/** When the provider asked last who somebody is, as far as it says so; never in the future. */
export const authenticatedAt = (claims: Claims, now: Date): Date => {
  const seconds = claims["auth_time"]
  const told = typeof seconds === "number" && seconds >= 0 && seconds * 1_000 < now.getTime()
  return told ? DateTime.toDateUtc(DateTime.makeUnsafe(seconds * 1_000)) : now
}
