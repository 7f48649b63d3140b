/** How the sandbox's modules are loaded: by plain Node, and as often as they must be evaluated anew. */
import { readFileSync } from "node:fs"
import { registerHooks, stripTypeScriptTypes } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

export interface Modules {
  /** Evaluates one module anew, with what it imports as it is. */
  readonly importAgain: (file: string) => Promise<unknown>
  /** From now on an import evaluates every module of the sandbox anew; `effect` and other packages stay as they are. */
  readonly reload: () => void
}

/** Loads the modules of a folder. A module cannot be unloaded: the process that evaluates many grows. */
export const load = (folder: string): Modules => {
  const home = `${pathToFileURL(folder)}/`
  const own = (url: string) => url.startsWith(home) && !url.includes("/node_modules/")
  const stripped = new Map<string, string>()
  let generation = 0
  let imports = 0

  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      return own(resolved.url) && !resolved.url.includes("?")
        ? { ...resolved, url: `${resolved.url}?${generation}`, shortCircuit: true }
        : resolved
    },
    load: (url, context, next) => {
      if (!own(url) || !/\.ts\?/.test(url)) return next(url, context)
      const file = fileURLToPath(url.slice(0, url.indexOf("?")))
      const source = stripped.get(file) ?? stripTypeScriptTypes(readFileSync(file, "utf8"))
      stripped.set(file, source)
      return { format: "module", source, shortCircuit: true }
    }
  })

  return {
    importAgain: (file) => import(`${pathToFileURL(file)}?${generation}.${imports++}`),
    reload: () => void generation++
  }
}
