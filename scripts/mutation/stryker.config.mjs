// Stryker for one package; it runs with that package as working directory.
import path from "node:path"

const here = import.meta.dirname
const root = path.join(here, "../..")
const name = path.basename(process.cwd())
const kept = path.join(root, ".resync/mutation", name)

export default {
  testRunner: "in-process",
  plugins: [path.join(here, "runner.ts"), path.join(here, "costs.ts")],
  ignorers: ["costs"],
  mutate: ["src/**/*.ts", "!src/**/index.ts"],
  ignorePatterns: ["/dist"],
  coverageAnalysis: "perTest",
  concurrency: 1,
  // Modules that were evaluated anew cannot be unloaded, so a process is good for so many mutants.
  maxTestRunnerReuse: 300,
  incremental: true,
  incrementalFile: path.join(kept, "incremental.json"),
  // As deep as a package, so that its tsconfig finds what it extends.
  tempDirName: "../../.stryker",
  cleanTempDir: "always",
  tsconfigFile: "none",
  disableTypeChecks: false,
  // For loops that give nothing else a turn; the runner itself sees all others that do not end.
  timeoutMS: 10_000,
  timeoutFactor: 1,
  reporters: ["clear-text", "json", "html", "progress-append-only"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: true, skipFull: true },
  jsonReporter: { fileName: path.join(kept, "report.json") },
  htmlReporter: { fileName: path.join(kept, "report.html") },
  thresholds: { high: 90, low: 85, break: 85 }
}
