import type { MigrationSet } from "@resync/store/Migrations"
import { documents } from "./documents.ts"
import { indexTables } from "./indexTables.ts"
import { ingestionTables } from "./ingestionTables.ts"
import { postingBlocks } from "./postingBlocks.ts"

/** The tables of the knowledge engine. */
export const engineMigrations: MigrationSet = {
  owner: "rag_engine",
  migrations: {
    "0001_documents": documents,
    "0002_ingestion": ingestionTables,
    "0003_index": indexTables,
    "0004_posting_blocks": postingBlocks
  }
}
