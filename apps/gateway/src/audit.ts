/**
 * Looks at the audit trail in the store that the environment names, without the service:
 *
 * - `verify [seq:hash]` says whether the whole trail is as it was written, and whether it holds a head that was kept elsewhere
 * - `adopt` signs the end as it is, after a change of the key or a restored backup
 * - `export` writes all entries as lines of JSON
 */

import { Audit } from "@resync/identity/audit/Audit"
import { AuditConfig } from "@resync/identity/audit/AuditConfig"
import { AuditEntry } from "@resync/identity/audit/AuditEntry"
import * as ConfigMessage from "@resync/service/ConfigMessage"
import * as RunMain from "@resync/service/RunMain"
import * as VariableFiles from "@resync/service/VariableFiles"
import * as StoreConfig from "@resync/store/StoreConfig"
import { Console, Effect, Layer, Schema, Stream } from "effect"

const usage = "use npm run audit -- verify [seq:hash], adopt or export"

const fail = (message: string) => RunMain.failStart(message, "audit")

const headOf = (text: string) => {
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? []
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash }
}

const verify = Effect.fnUntraced(function* (kept: string | undefined) {
  const head = kept === undefined ? undefined : headOf(kept)
  if (kept !== undefined && head === undefined) return yield* fail(`${kept} is no head: ${usage}`)
  const { entries, head: end, problems } = yield* (yield* Audit).verify(head)
  for (const { _tag, ...where } of problems) yield* Console.log(`${_tag.padEnd(12)} ${JSON.stringify(where)}`)
  yield* Console.log(`${entries} entries, ${problems.length} problems; the head is ${end.seq}:${end.hash}`)
  if (problems.length > 0) return yield* fail("the audit trail is not as it was written")
})

const adopt = Effect.gen(function* () {
  const { hash, seq } = yield* (yield* Audit).adopt
  yield* Console.log(`adopted ${seq}:${hash}`)
})

const encode = Schema.encodeSync(Schema.fromJsonString(AuditEntry))
const exported = Effect.gen(function* () {
  yield* Stream.runForEach((yield* Audit).all(), (entry) => Console.log(encode(entry)))
})

const program = (command: string | undefined, argument: string | undefined) => {
  if (command === "verify") return verify(argument)
  if (command === "adopt") return adopt
  return command === "export" ? exported : fail(usage)
}

const [command, argument] = process.argv.slice(2)

const main = program(command, argument).pipe(
  // The entry point of this program.
  // @effect-diagnostics-next-line strictEffectProvide:off
  Effect.provide(
    Audit.layer.pipe(Layer.provide([AuditConfig.layer, StoreConfig.layer]), Layer.provide(VariableFiles.layer))
  ),
  Effect.catchTags({
    ConfigError: (error) => fail(ConfigMessage.ofError(error)),
    StoreError: ({ message, reason }) =>
      fail(
        reason._tag === "StoreLocked"
          ? `${message}. While the service runs, ask it: GET /api/v1/audit/verification`
          : message
      ),
    AuditKeyUnusable: ({ message }) => fail(message),
    AuditUnavailable: ({ message }) => fail(message)
  })
)

RunMain.runMain(main)
