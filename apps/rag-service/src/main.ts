// Compiles schemas at their first use, where the platform allows it: decoding and encoding take half the time.
import "effect/schema/SchemaJITCompiler/enable"
import { runMain, teardown } from "@resync/service/RunMain"
import { main } from "./RagService.ts"

runMain(main, { teardown })
