/**
 * Each package as its users get it: built, packed, unpacked beside nothing but its declared dependencies, imported by
 * plain Node and type-checked by a strict program with the examples of its documentation.
 */
import { execFile } from "node:child_process"
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

const root = path.dirname(import.meta.dirname)
const consumer = mkdtempSync(path.join(realpathSync(tmpdir()), "resync-consumer-"))

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, null | string | { readonly types: string; readonly default: string }>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

// What npm and this repository wrote themselves.
const readManifest = (folder: string) => JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as Manifest

/** A package of the workspace with sources: where it comes from and where its user has it. */
const packages = globSync("packages/*/package.json", { cwd: root })
  .map((file) => path.join(root, path.dirname(file)))
  .filter((source) => globSync("src/**/*.ts", { cwd: source }).length > 0)
  .map((source) => {
    const { name } = readManifest(source)
    return { name, source, installed: path.join(consumer, "node_modules", name) }
  })

const exec = promisify(execFile)
const node = (args: ReadonlyArray<string>, cwd: string) =>
  exec(process.execPath, args, { cwd, maxBuffer: 2 ** 26 }).catch((error: { stdout: string; stderr: string }) =>
    assert.fail(`${args.join(" ")}\n${error.stdout}\n${error.stderr}`)
  )

/** The npm that runs the tests, or the one at hand: what a user installs with. */
const npm = (args: ReadonlyArray<string>, cwd: string) => {
  const own = process.env["npm_execpath"]
  return own?.endsWith("npm-cli.js") === true
    ? node([own, ...args], cwd)
    : exec("npm", args, { cwd, shell: process.platform === "win32" })
}

const link = (target: string, from: string) => {
  mkdirSync(path.dirname(from), { recursive: true })
  symlinkSync(target, from, "junction")
}

/** Every name under which a module of the package may be imported. */
const specifiers = ({ name, installed }: (typeof packages)[number]) => {
  const { exports } = readManifest(installed)
  const closed = Object.keys(exports).filter((key) => exports[key] === null)
  const modules = globSync("dist/**/*.js", { cwd: installed })
    .map((file) => `./${file.replaceAll(path.sep, "/").slice("dist/".length, -".js".length)}`)
    .filter((key) => closed.every((pattern) => !key.startsWith(pattern.slice(0, -1))))
    .filter((key) => key !== "./index")
  return [...(exports["."] === undefined ? [] : ["."]), ...modules].map((key) => path.posix.join(name, key))
}

/** The examples of the package's documentation that stand on their own. */
const examples = (source: string) =>
  globSync(["src/**/*.ts", "README.md"], { cwd: source }).flatMap((file) =>
    [...readFileSync(path.join(source, file), "utf8").matchAll(/^(.*)```ts\n([\s\S]*?)```/gm)]
      .map(([, margin, code]) =>
        (code ?? "")
          .split("\n")
          .map((line) => (margin !== undefined && line.startsWith(margin.trimEnd()) ? line.slice(margin.length) : line))
          .join("\n")
      )
      .filter((code) => code.startsWith("import ") && !/^\S.*\byield\*/m.test(code))
      .map((code, index) => ({ name: `${file.replaceAll(/\W/g, "_")}_${index}.ts`, code }))
  )

const tarballs = new Map<string, string>()

beforeAll(async () => {
  await node(["scripts/tasks/build.ts"], root)
  for (const { name, source, installed } of packages) {
    const pnpm = path.join(root, "scripts/toolchain/node_modules/pnpm/bin/pnpm.mjs")
    const packed = await node([pnpm, "pack", "--json", "--pack-destination", consumer], source)
    const { filename } = JSON.parse(packed.stdout) as { readonly filename: string }
    tarballs.set(name, path.resolve(consumer, filename))
    mkdirSync(installed, { recursive: true })
    await exec("tar", ["-xzf", path.resolve(consumer, filename), "--strip-components=1", "-C", installed])
    const { dependencies, peerDependencies, peerDependenciesMeta } = readManifest(installed)
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) {
      if (packages.some(({ name }) => name === dependency)) continue
      const place = path.join(source, "node_modules", dependency)
      // What an optional peer is for has to do without it here.
      if (peerDependenciesMeta?.[dependency]?.optional === true && !existsSync(place)) continue
      const held = realpathSync(place)
      link(held, path.join(installed, "node_modules", dependency))
    }
  }
  for (const shared of ["effect", "@effect/platform-node", "@effect/vitest", "@types/node"]) {
    link(realpathSync(path.join(root, "node_modules", shared)), path.join(consumer, "node_modules", shared))
  }
  writeFileSync(path.join(consumer, "package.json"), JSON.stringify({ type: "module", private: true }))
}, 600_000)

afterAll(() => rmSync(consumer, { recursive: true, force: true }), 600_000)

describe.each(packages)("$name", (home) => {
  it("declares its dependencies as a registry knows them", () => {
    const { dependencies, peerDependencies, version } = readManifest(home.installed)
    for (const [name, range] of Object.entries({ ...dependencies, ...peerDependencies })) {
      assert.match(range, /^\^?\d+\.\d+\.\d+$/, name)
      if (name.startsWith("@resync/")) assert.strictEqual(range, version)
    }
  })

  it("brings its licence and its sources", () => {
    assert.include(readFileSync(path.join(home.installed, "LICENSE"), "utf8"), "Apache License")
    assert.isNotEmpty(globSync("src/**/*.ts", { cwd: home.installed }))
  })

  it("is imported by plain Node, module by module", async () => {
    const modules = specifiers(home)
    assert.isNotEmpty(modules)
    // Each is evaluated anew with all that it imports, so that none leans on another having been imported before it.
    const code = `
      import assert from "node:assert"
      import { registerHooks } from "node:module"
      let turn = 0
      registerHooks({
        resolve: (specifier, context, next) => {
          const resolved = next(specifier, context)
          return resolved.url.includes("/node_modules/@resync/") ? { ...resolved, url: resolved.url + "?" + turn } : resolved
        }
      })
      for (const name of ${JSON.stringify(modules)}) {
        turn++
        assert.ok(await import(name).catch((error) => assert.fail(name + ": " + error.stack)))
      }
    `
    await node(["--input-type=module", "--eval", code], consumer)
  })

  it("keeps its private modules to itself", async () => {
    const inside = `${home.name}/internal/Anything`
    const code = `await import("${inside}").then(() => process.exit(1), (error) => console.log(error.code))`
    const { stdout } = await node(["--input-type=module", "--eval", code], consumer)
    assert.strictEqual(stdout.trim(), "ERR_PACKAGE_PATH_NOT_EXPORTED")
  })
})

describe("an empty project", () => {
  const project = mkdtempSync(path.join(realpathSync(tmpdir()), "resync-empty-"))
  const resilience = packages.find(({ name }) => name === "@resync/resilience")

  beforeAll(async () => {
    const effect = await npm(
      ["pack", "--ignore-scripts", "--silent", realpathSync(path.join(root, "node_modules/effect"))],
      project
    )
    writeFileSync(path.join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
    // All that the package needs, so that npm asks no registry for anything.
    const needed = [tarballs.get("@resync/resilience") ?? "", path.join(project, effect.stdout.trim())]
    await npm(["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...needed], project)
    const readme = readFileSync(path.join(project, "node_modules/@resync/resilience/README.md"), "utf8")
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
    writeFileSync(path.join(project, "quotes.ts"), example)
    const program = `
      import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
      import { Effect, Fiber, Layer } from "effect"
      import { TestClock } from "effect/testing"
      import * as Quotes from "./quotes.ts"

      const program = Effect.gen(function* () {
        const breakers = yield* CircuitBreakerRegistry
        const failing = yield* Effect.forkChild(Quotes.quote(Effect.fail(new Quotes.CarrierBusy())))
        yield* TestClock.adjust("3 seconds")
        const instead: number = yield* Fiber.join(failing)
        const [open] = yield* breakers.snapshot
        yield* TestClock.adjust("30 seconds")
        const again: number = yield* Quotes.quote(Effect.succeed(750))
        const [closed] = yield* breakers.snapshot
        return [instead, open?.state, again, closed?.state]
      })
      const layer = Layer.mergeAll(Quotes.layer, TestClock.layer())
      console.log(JSON.stringify(await Effect.runPromise(program.pipe(Effect.provide(layer)))))
    `
    writeFileSync(path.join(project, "main.ts"), program)
  }, 600_000)

  afterAll(() => rmSync(project, { recursive: true, force: true }), 600_000)

  it("runs the example of the README", async () => {
    const { stdout } = await node(["main.ts"], project)
    assert.deepStrictEqual(JSON.parse(stdout), [990, "OPEN", 750, "CLOSED"])
  })

  it("has nothing installed but the package and effect", () => {
    const installed = globSync("node_modules/{*,@*/*}/package.json", { cwd: project }).map((file) => path.dirname(file))
    assert.deepStrictEqual(installed.toSorted(), ["node_modules/@resync/resilience", "node_modules/effect"])
  })

  it("compiles the example strictly, the declarations of the packages included", async () => {
    assert.isDefined(resilience)
    const imports = specifiers(resilience).map((name, index) => `export * as m${index} from "${name}"`)
    writeFileSync(path.join(project, "imports.ts"), imports.join("\n"))
    const compilerOptions = {
      target: "ES2024",
      module: "NodeNext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      allowImportingTsExtensions: true,
      skipLibCheck: false,
      noEmit: true,
      types: []
    }
    writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
    await node([path.join(root, "node_modules/typescript/bin/tsc"), "--project", project], project)
  }, 600_000)
})

describe("a strict program", () => {
  it("has the types of every module, and the examples of the documentation compile", async () => {
    const imports = packages.flatMap(specifiers).map((name, index) => `export * as m${index} from "${name}"`)
    writeFileSync(path.join(consumer, "imports.ts"), imports.join("\n"))
    for (const { name, source } of packages) {
      const home = path.join(consumer, path.basename(name))
      mkdirSync(path.join(home, "docs"), { recursive: true })
      if (existsSync(path.join(source, "examples"))) {
        cpSync(path.join(source, "examples"), path.join(home, "examples"), { recursive: true })
      }
      for (const example of examples(source)) writeFileSync(path.join(home, "docs", example.name), example.code)
    }
    const compilerOptions = {
      target: "ES2024",
      module: "NodeNext",
      moduleDetection: "force",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      types: ["node"]
    }
    writeFileSync(path.join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }))
    await node([path.join(root, "node_modules/typescript/bin/tsc"), "--project", consumer], consumer)
  }, 600_000)

  it("runs on the breakers and policies of the packed library", async () => {
    const program = `
      import { CircuitBreakerOptions, CircuitBreakerRegistry, Resilience, ResiliencePolicyRegistry } from "@resync/resilience"
      import { Effect } from "effect"

      const program = Effect.gen(function* () {
        const policies = yield* ResiliencePolicyRegistry.ResiliencePolicyRegistry
        const policy = yield* policies.register("orders", {
          circuitBreaker: { trip: CircuitBreakerOptions.consecutiveFailures(2) }
        })
        const call = Effect.exit(policy.execute(Effect.fail("down" as const)))
        yield* call
        yield* call
        const rejected = yield* Effect.flip(policy.execute(Effect.succeed("up")))
        const breakers = yield* CircuitBreakerRegistry.CircuitBreakerRegistry
        return [rejected._tag, (yield* breakers.list).map(({ name }) => name)]
      })
      console.log(JSON.stringify(await Effect.runPromise(program.pipe(Effect.provide(Resilience.layer())))))
    `
    writeFileSync(path.join(consumer, "program.ts"), program)
    const { stdout } = await node(["program.ts"], consumer)
    assert.deepStrictEqual(JSON.parse(stdout), ["CircuitOpen", ["orders"]])
  })
})
