/**
 * Runs the tests of a package for Stryker: with Vitest's own `startTests`, but in one process that keeps `effect` loaded.
 * A mutant costs milliseconds that way; a Vitest worker for each would cost more than a second of loading.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { setTimeout } from "node:timers/promises"
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin"
import {
  type CompleteDryRunResult,
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type TestRunner as StrykerTestRunner,
  type TestResult,
  TestStatus,
  toMutantRunResult
} from "@stryker-mutator/api/test-runner"
import { type RunnerTask, type RunnerTestCase, TestRunner } from "vitest"
import { startTests } from "vitest/internal/browser"
import { load, type Modules } from "./modules.ts"
import { Endless, watch } from "./standstill.ts"

/** What Stryker's instrumented sources read and write; `__stryker__` is its name for it. */
interface Instrumentation {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: CompleteDryRunResult["mutantCoverage"]
}
const instrumentation: Instrumentation = {}
Object.assign(globalThis, { __stryker__: instrumentation })

/**
 * Left out: Redis, whose time cannot be moved; the guide, which is no part of the package; and the report, which is about the
 * conformance cases and runs them all once more.
 */
const foreign = ["redis", "docs", "conformance/Report.test.ts"].map((file) => path.join("test", file))

/** The tests of a module before those that cross modules. */
const testFiles = () =>
  globSync("test/**/*.test.ts")
    .filter((file) => foreign.every((folder) => !file.startsWith(folder)))
    .sort((one, other) => one.split(path.sep).length - other.split(path.sep).length || one.localeCompare(other))

type Runner = Parameters<typeof startTests>[1]

/** What `startTests` reads of the configuration; Vitest's whole one is for what is not here: workers, reports, browsers. */
const config = {
  get root() {
    return process.cwd()
  },
  setupFiles: [],
  name: undefined,
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: true,
  sequence: { seed: 0, hooks: "stack", setupFiles: "list" },
  chaiConfig: undefined,
  maxConcurrency: 1,
  // A test is watched by other means.
  testTimeout: 0,
  hookTimeout: 10_000,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false
} as unknown as Runner["config"]

const idOf = (test: RunnerTestCase) => `${path.relative(process.cwd(), test.file.filepath)} > ${test.fullTestName}`

const resultOf = (test: RunnerTestCase): TestResult => {
  const known = {
    id: idOf(test),
    name: idOf(test),
    timeSpentMs: test.result?.duration ?? 0,
    fileName: test.file.filepath
  }
  if (test.result?.state === "pass") return { ...known, status: TestStatus.Success }
  if (test.result?.state !== "fail") return { ...known, status: TestStatus.Skipped }
  return { ...known, status: TestStatus.Failed, failureMessage: test.result.errors?.[0]?.message ?? "" }
}

/** Leaves out the tests that are not wanted, and the suites that have none left. Says whether something is left. */
const choose = (task: RunnerTask, wanted: (test: RunnerTestCase) => boolean): boolean => {
  const left =
    task.type === "test" ? wanted(task) : task.tasks.map((inner) => choose(inner, wanted)).some((chosen) => chosen)
  if (!left) task.mode = "skip"
  return left
}

/** How long each test computes without a mutant, in milliseconds. */
type Times = Map<string, number>

/** Where the process of the first run leaves them to those of the mutants. */
const timesFile = "stryker-times.json"

const grace = 250

/** Runs a test to its end, or until it is plain that there will be none: then it is interrupted. */
const runTest = async (test: RunnerTestCase, interrupt: (error: Endless) => void, times: Times) => {
  const running = TestRunner.getTestFn(test)()
  const { fails, stop } = watch(times.get(idOf(test)))
  try {
    await Promise.race([running, fails])
  } catch (error) {
    if (error instanceof Endless) {
      interrupt(error)
      const ended = Promise.resolve(running).then(
        () => true,
        () => true
      )
      const over = await Promise.race([ended, setTimeout(grace, false)])
      // What cannot be interrupted would take the time of all that come after it: Stryker starts another process.
      if (!over) void setTimeout(grace).then(() => process.exit(1))
    }
    throw error
  } finally {
    const time = stop()
    if (instrumentation.activeMutant === undefined) times.set(idOf(test), time)
  }
}

interface Run {
  readonly modules: Modules
  readonly times: Times
  readonly files: ReadonlyArray<string>
  readonly wanted: (test: RunnerTestCase) => boolean
  readonly bail: boolean
  /** Runs when the tests are known and before the first of them starts. */
  readonly onCollected?: () => void
}

const run = async ({ modules, times, files, wanted, bail, onCollected }: Run): Promise<CompleteDryRunResult> => {
  const tests: Array<TestResult> = []
  let failed = false
  const fail = (id: string, failureMessage: string) => {
    failed = true
    tests.push({ id, name: id, timeSpentMs: 0, status: TestStatus.Failed, failureMessage })
  }
  for (const file of files) {
    if (bail && failed) break
    const runner: Runner = {
      config,
      importFile: modules.importAgain,
      onCollected: (all) => {
        for (const task of all) choose(task, wanted)
        onCollected?.()
      },
      onBeforeRunTask: (test) => {
        if (bail && failed) test.mode = "skip"
        instrumentation.currentTestId = idOf(test)
      },
      runTask: (test) =>
        runTest(
          test,
          ({ message }) => {
            // Cancelled, it counts as skipped for Vitest.
            fail(idOf(test), message)
            runner.cancel?.("test-failure")
          },
          times
        ),
      onAfterRunTask: (test) => {
        instrumentation.currentTestId = undefined
        failed ||= test.result?.state === "fail"
        if (test.mode !== "skip" && tests.at(-1)?.id !== idOf(test)) tests.push(resultOf(test))
      }
    }
    const [collected] = await startTests([path.resolve(file)], runner)
    // What fails outside of a test: a module that does not load, a hook.
    for (const { message } of collected?.result?.errors ?? []) fail(file, message)
  }
  return { status: DryRunStatus.Complete, tests }
}

class InProcessRunner implements StrykerTestRunner {
  // Stryker loads this module before it enters the sandbox.
  #modules: Modules | undefined
  readonly #times: Times = new Map()
  #everything: Pick<Run, "files" | "wanted"> = { files: [], wanted: () => true }

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init() {
    // Failing tests are to be expected, and what is left over of them may fail later.
    for (const method of ["debug", "error", "info", "log", "warn"] as const) console[method] = () => {}
    process.on("unhandledRejection", () => {})
    this.#modules = load(process.cwd())
    if (existsSync(timesFile)) {
      const times: Record<string, number> = JSON.parse(readFileSync(timesFile, "utf8"))
      for (const [id, time] of Object.entries(times)) this.#times.set(id, time)
    }
    this.#everything = { ...this.#everything, files: testFiles() }
  }

  async dryRun(_: DryRunOptions): Promise<DryRunResult> {
    const result = await run({ ...this.#everything, modules: this.#loaded(), times: this.#times, bail: false })
    writeFileSync(timesFile, JSON.stringify(Object.fromEntries(this.#times)))
    const { mutantCoverage } = instrumentation
    return mutantCoverage === undefined ? result : { ...result, mutantCoverage }
  }

  async mutantRun({ activeMutant, disableBail, hitLimit, mutantActivation, testFilter }: MutantRunOptions) {
    const modules = this.#loaded()
    const activate = () => {
      instrumentation.hitCount = hitLimit === undefined ? undefined : 0
      instrumentation.hitLimit = hitLimit
      instrumentation.activeMutant = activeMutant.id
    }
    if (mutantActivation === "static") {
      modules.reload()
      activate()
    }
    const result = await run({
      ...this.#choose(testFilter),
      modules,
      times: this.#times,
      bail: !disableBail,
      onCollected: activate
    })
    instrumentation.activeMutant = undefined
    if (mutantActivation === "static") modules.reload()
    return toMutantRunResult(determineHitLimitReached(instrumentation.hitCount, hitLimit) ?? result)
  }

  #loaded(): Modules {
    if (this.#modules === undefined) throw new Error("not initialized")
    return this.#modules
  }

  #choose(ids: ReadonlyArray<string> | undefined): Pick<Run, "files" | "wanted"> {
    if (ids === undefined) return this.#everything
    const chosen = new Set(ids)
    return {
      files: this.#everything.files.filter((file) => ids.some((id) => id.startsWith(`${file} > `))),
      wanted: (test) => chosen.has(idOf(test))
    }
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", InProcessRunner)]
