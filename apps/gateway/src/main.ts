import { main } from "./Gateway.ts"
import { runMain, teardown } from "./process/RunMain.ts"

runMain(main, { teardown })
