import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { SignIn } from "@resync/identity/signin/SignIn"
import { Effect, Redacted } from "effect"
import { identity, invite, mayHold, signIn } from "../examples/operators.ts"
import { principalOf } from "./TestIdentity.ts"

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")

it("the README shows the example as it is checked", () => {
  const shown = read("README.md").match(/<!-- (\S+) -->\n```ts\n([\s\S]*?)```/)
  assert.strictEqual(shown?.[2], read(shown?.[1] ?? ""))
})

it.live(
  "the example does what it says",
  () =>
    Effect.gen(function* () {
      const { oneTimePassword } = yield* invite("Ölga")
      const first = yield* signIn("Ölga", oneTimePassword, "192.0.2.1")
      assert.strictEqual(first.restriction, "password-change")
      assert.isFalse(yield* mayHold(first.token, { folder: "/PAYROLL/NIGHT" }))
      const next = Redacted.make("a horse on a staircase")
      const user = yield* principalOf({ access: { token: first.token, expiresAt: 0 } })
      yield* SignIn.use((signIns) => signIns.changePassword(user, { current: oneTimePassword, next }))
      const { restriction, token } = yield* signIn("Ölga", next, "192.0.2.1")
      assert.isUndefined(restriction)
      assert.isTrue(yield* mayHold(token, { folder: "/PAYROLL/NIGHT" }))
      assert.isFalse(yield* mayHold(token, { folder: "/BILLING/NIGHT" }))
      const wrong = yield* Effect.flip(signIn("Ölga", Redacted.make("another password"), "192.0.2.2"))
      assert.strictEqual(wrong._tag, "InvalidCredentials")
      const forged = yield* Effect.flip(mayHold(`${token}x`, {}))
      assert.strictEqual(forged._tag, "CredentialRejected")
    }).pipe(Effect.provide(identity(Redacted.make("a secret that only this test may know of")))),
  120_000
)
