import { defineConfig } from "vitest/config"

/** The projects of the workspace. Vitest reads this file only when it is named: `vitest --config vitest.workspace.ts`. */
export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "test"]
  }
})
