import { assert, describe, it, layer } from "@effect/vitest"
import * as CommonPasswords from "@resync/identity/passwords/CommonPasswords"
import * as PasswordPolicy from "@resync/identity/passwords/PasswordPolicy"
import { PasswordRules } from "@resync/identity/passwords/PasswordRules"
import { Effect } from "effect"

describe("the common passwords", () => {
  it.effect("are gathered as far as a new password may be one of them", () =>
    Effect.gen(function* () {
      const rare = Array.from({ length: 20_000 }, (_, n) => `rare${n}`)
      const list = ["Monkey\r", "abc", "leavemealone\r", "Пароль1234567", ...rare, "beyond", "WebSolutions99", ""]
      const found = yield* CommonPasswords.gather(Buffer.from(list.join("\n")))
      for (const word of ["monkey", "leavemealone", "пароль1234567", "пароль", "websolutions99", "websolutions"]) {
        assert.isTrue(found.has(word), word)
      }
      for (const word of ["abc", "beyond", "Monkey", ""]) assert.isFalse(found.has(word), word)
    })
  )
})

layer(PasswordRules.layer())("a new password", (it) => {
  const refusal = (password: string) => Effect.flatMap(PasswordRules, (rules) => rules.refusal(password, "ana"))

  it.effect("is none of the more than 3000 common ones that are long enough", () =>
    Effect.gen(function* () {
      const words = yield* CommonPasswords.read
      const long = [...words].filter((word) => [...word].length >= PasswordPolicy.minLength)
      assert.isAbove(long.length, 12_000)
      // All of them, as a check of each takes no time.
      for (const word of long) assert.isDefined(yield* refusal(word), word)
      for (const word of long.slice(0, 3_000)) assert.isDefined(yield* refusal(word.toUpperCase()), word)
    })
  )

  it.effect("is none of them with digits and signs around, with other signs for letters, or said twice", () =>
    Effect.gen(function* () {
      for (const weak of [
        "Leavemealone",
        "leavemealone!",
        "2026-sonyericsson",
        "1q2w3e4r5t6y",
        "qazwsxedcrfv",
        "Liverpool2026!",
        "-sun$h1ne-1999-",
        "ch3lsea!!!!!!!",
        "jordan23jordan23",
        "gfhjkmgfhjkm"
      ]) {
        assert.strictEqual(yield* refusal(weak), PasswordPolicy.triedFirst, weak)
      }
    })
  )

  it.effect("may be what only looks like them", () =>
    Effect.gen(function* () {
      for (const fine of [
        "a horse on a staircase",
        "leave me out of this",
        "sunshine over liverpool",
        "x9!kQ2#vLm0p",
        "8f2a77c1d09e",
        "五月雨をあつめて早し最上川"
      ]) {
        assert.isUndefined(yield* refusal(fine), fine)
      }
    })
  )
})
