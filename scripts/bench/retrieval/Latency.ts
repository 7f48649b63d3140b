import { Effect } from "effect"
export const latency = (passages: number, json: boolean) => Effect.die(`not yet ${passages} ${json}`)
