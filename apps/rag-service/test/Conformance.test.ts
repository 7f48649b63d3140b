import { RagTest } from "@resync/rag/RagTest"
import { Layer } from "effect"
import { conformance } from "./Conformance.ts"
import { client, served } from "./TestService.ts"

conformance("Rag in memory, for tests", RagTest.layer())
conformance("Rag in memory, over a socket", client.pipe(Layer.provide(served(RagTest.layer()))))
