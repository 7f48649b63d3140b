import { Effect, Schema } from "effect"

/** A configuration inherits from one that does not exist, or from itself. */
export class BaseConfigInvalid extends Schema.TaggedError<BaseConfigInvalid>()("BaseConfigInvalid", {
  reason: Schema.Literals(["unknown", "cycle"]),
  /** The configurations followed, the last one at fault. */
  path: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const path = this.path.join(" → ")
    return this.reason === "cycle"
      ? `Configurations inherit in a cycle: ${path}`
      : `Unknown base configuration: ${path}`
  }
}

/** A configuration that may name another one to take from it what it does not say itself. */
export interface Inheriting {
  readonly baseConfig?: string | undefined
}

/** A configuration with all it inherits: from its base, from that one's base, and at last from `implicitBase`. */
export const inherit = <C extends Inheriting>(
  configs: Readonly<Record<string, C>>,
  config: C,
  options: {
    readonly implicitBase?: string
    readonly merge: (base: Omit<C, "baseConfig">, own: Omit<C, "baseConfig">) => Omit<C, "baseConfig">
  }
): Effect.Effect<Omit<C, "baseConfig">, BaseConfigInvalid> => {
  const { implicitBase, merge } = options
  // What the implicit base stands on does not in turn stand on it.
  const foundation = new Set<string>()
  for (let name = implicitBase; name !== undefined && Object.hasOwn(configs, name) && !foundation.has(name); ) {
    foundation.add(name)
    name = configs[name]?.baseConfig
  }
  const path: Array<string> = []
  const chain: Array<Omit<C, "baseConfig">> = []
  let current: C | undefined = config
  while (current !== undefined) {
    const { baseConfig, ...own }: C = current
    chain.unshift(own)
    const implicit = foundation.has(path.at(-1) ?? "") || foundation.size === 0 ? undefined : implicitBase
    const base: string | undefined = baseConfig ?? implicit
    if (base === undefined) break
    if (path.includes(base)) return Effect.fail(new BaseConfigInvalid({ reason: "cycle", path: [...path, base] }))
    path.push(base)
    current = Object.hasOwn(configs, base) ? configs[base] : undefined
    if (current === undefined) return Effect.fail(new BaseConfigInvalid({ reason: "unknown", path }))
  }
  return Effect.succeed(chain.reduce(merge))
}
