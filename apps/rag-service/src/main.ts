// Compiles schemas at their first use, where the platform allows it: decoding and encoding take half the time.
import "effect/schema/SchemaJITCompiler/enable"
import { failStart, runMain, teardown } from "@resync/service/RunMain"
import { main } from "./RagService.ts"
import { rebuild } from "./Rebuild.ts"

const [command] = process.argv.slice(2)

const program =
  command === undefined
    ? main
    : command === "rebuild"
      ? rebuild
      : failStart(`${command} is no command: use npm run rag-service, or npm run rag-service -- rebuild`, "rag-service")

runMain(program, { teardown })
