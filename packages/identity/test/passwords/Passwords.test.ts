import { assert, describe, it, layer } from "@effect/vitest"
import * as PasswordHash from "@resync/identity/passwords/PasswordHash"
import * as PasswordPolicy from "@resync/identity/passwords/PasswordPolicy"
import { owasp, Passwords } from "@resync/identity/passwords/Passwords"
import { Effect, Redacted } from "effect"
import { argon2 } from "../TestIdentity.ts"

const secret = Redacted.make("grüne Bananen im Regen")

layer(Passwords.layer(argon2))("a password", (it) => {
  it.effect("is right against its own hash only", () =>
    Effect.gen(function* () {
      const passwords = yield* Passwords
      const hash = yield* passwords.hash(secret)
      assert.match(hash, /^\$argon2id\$v=19\$m=64,t=1,p=1\$/)
      assert.notInclude(hash, Redacted.value(secret))
      assert.isTrue(yield* passwords.verify(secret, hash))
      assert.isFalse(yield* passwords.verify(Redacted.make("grüne Bananen im Regen."), hash))
      assert.notStrictEqual(yield* passwords.hash(secret), hash)
    })
  )

  it.effect("is the same from every keyboard", () =>
    Effect.gen(function* () {
      const passwords = yield* Passwords
      const hash = yield* passwords.hash(secret)
      assert.isTrue(yield* passwords.verify(Redacted.make(Redacted.value(secret).normalize("NFD")), hash))
    })
  )

  it.effect("is wrong where there is no hash, or none that can be read", () =>
    Effect.gen(function* () {
      const passwords = yield* Passwords
      assert.isFalse(yield* passwords.verify(secret, null))
      assert.isFalse(yield* passwords.verify(secret, "$2b$10$N9qo8uLOickgx2ZMRZoMye"))
    })
  )

  it.effect("is hashed anew when the parameters have changed", () =>
    Effect.gen(function* () {
      const passwords = yield* Passwords
      const old = yield* Effect.provide(
        Effect.flatMap(Passwords, (weaker) => weaker.hash(secret)),
        Passwords.layer({ ...argon2, passes: 2 })
      )
      assert.isTrue(passwords.isOutdated(old))
      assert.isTrue(yield* passwords.verify(secret, old))
      assert.isFalse(passwords.isOutdated(yield* passwords.hash(secret)))
    })
  )
})

it.live("takes as much memory and work as OWASP asks for", () =>
  Effect.gen(function* () {
    assert.isTrue(owasp.memory >= 19_456 && owasp.passes >= 2)
    const passwords = yield* Passwords
    const hash = yield* passwords.hash(secret)
    assert.deepStrictEqual(PasswordHash.parse(hash)?.parameters, owasp)
    assert.isTrue(yield* passwords.verify(secret, hash))
  }).pipe(Effect.provide(Passwords.layer()))
)

describe("a new password", () => {
  it("may be any long text", () => {
    for (const fine of [
      "a horse on a staircase",
      "ночной дежурный спит",
      "五月雨をあつめて早し最上川",
      "x9!kQ2#vLm0p"
    ]) {
      assert.isUndefined(PasswordPolicy.refusal(fine, "ana"), fine)
    }
  })

  it("may not be what is tried first", () => {
    const weak = [
      "short",
      "aaaaaaaaaaaaaaaa",
      "123456789012",
      "abcdefghijkl",
      "qwertyuiopas",
      "P@ssw0rd123456",
      "PasswordPassword",
      "Welcome2026!!!!",
      "correct horse battery staple",
      "marguerite.duras1",
      `${"x".repeat(20)}yz`
    ]
    for (const password of weak) assert.isDefined(PasswordPolicy.refusal(password, "Marguerite.Duras"), password)
  })

  it("is counted in characters, and not without end", () => {
    assert.isDefined(PasswordPolicy.refusal("🐴🔋🪜📎🐴🔋", "ana"))
    assert.isDefined(PasswordPolicy.refusal("ab cd ef gh ".repeat(30), "ana"))
  })
})
