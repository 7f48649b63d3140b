/** What costs time when it is changed and does nothing else, so that no test can tell. */
import type { Ignorer } from "@stryker-mutator/api/ignore"
import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin"

const costs = new Set(["disableChecks", "captureStackTrace"])

/** As much of Babel's `NodePath` as is looked at. */
interface Path {
  readonly node: {
    readonly type: string
    readonly properties?: ReadonlyArray<{ readonly key?: { readonly name?: string } }>
  }
}

const ignorer: Ignorer = {
  shouldIgnore({ node: { properties = [], type } }: Path) {
    const only =
      type === "ObjectExpression" && properties.length > 0 && properties.every(({ key }) => costs.has(key?.name ?? ""))
    return only ? "Spares a check or a stack trace, which no behaviour depends on" : undefined
  }
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "costs", ignorer)]
