import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

/** The projects of the workspace. Vitest reads this file only when it is named: `vitest --config vitest.workspace.ts`. */
export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "test"],
    // Two at least: many tests wait for a process, a socket or a server, and leave their core to another.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: {
      provider: "v8",
      // Sources that no test loads count as well.
      include: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"]
    }
  }
})
