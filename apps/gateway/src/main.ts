// Compiles schemas at their first use, where the platform allows it: decoding and encoding take half the time.
import "effect/schema/SchemaJITCompiler/enable"
import { main } from "./Gateway.ts"
import { runMain, teardown } from "./process/RunMain.ts"

runMain(main, { teardown })
