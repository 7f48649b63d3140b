import { readFile } from "node:fs/promises"
import { ConfigProvider, Effect } from "effect"

/**
 * Any variable may be given by a file instead, named by the variable with `_FILE` behind it, as container platforms hand over
 * secrets: `TWS_PASSWORD_FILE=/run/secrets/tws`. The line break at its end does not belong to the value.
 */

const valueOf = (node: ConfigProvider.Node | undefined): string | undefined =>
  node === undefined ? undefined : node.value

const content = (name: string, file: string) =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) =>
      new ConfigProvider.SourceError({
        message: `${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })
  })

/** A provider that looks into the file where the variable itself is not set. */
export const withFiles = (variables: ConfigProvider.ConfigProvider): ConfigProvider.ConfigProvider =>
  ConfigProvider.make(
    Effect.fnUntraced(function* (path) {
      const node = yield* variables.load(path)
      const last = path.at(-1)
      if (typeof last !== "string") return node
      const name = `${last}_FILE`
      const file = valueOf(yield* variables.load([...path.slice(0, -1), name]))
      if (file === undefined) return node
      if (valueOf(node) !== undefined) {
        return yield* new ConfigProvider.SourceError({ message: `${last}: ${name} is set too, and only one may be` })
      }
      return ConfigProvider.makeValue((yield* content(name, file)).replace(/\r?\n$/, ""))
    })
  )

/** The same for the provider that is there. */
export const layer = ConfigProvider.layer(Effect.map(ConfigProvider.ConfigProvider, withFiles))
