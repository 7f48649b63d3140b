import { Context, Metric } from "effect"

/** One series as a registry of metrics holds it. */
export type Series = Metric.Metric.Metadata<number, unknown>

/** Who has series, but makes them only when somebody reads them. */
export interface Source {
  readonly series: () => Iterable<Series>
}

type Registry = Metric.MetricRegistry

const attached = new WeakMap<Registry, Map<string, Source>>()

/**
 * Adds series to a registry of metrics that exist only while it is read. A source holds no object for each of them, which for
 * a hundred thousand breakers would be nearly all that they take. It takes the place of an earlier one under its key.
 *
 * `Metric.snapshot`, and with it every exporter, reads the values of the registry, which is a plain `Map`, and `Metric.value`
 * gets one of them by its key; so these two are extended, as long as there are sources.
 */
export const attach = (context: Context.Context<never>, key: string, source: Source): void => {
  const registry = Context.get(context, Metric.MetricRegistry)
  const sources = attached.get(registry) ?? extend(registry)
  sources.set(key, source)
}

/** Takes the series out again, unless another source has taken their place. */
export const detach = (context: Context.Context<never>, key: string, source: Source): void => {
  const registry = Context.get(context, Metric.MetricRegistry)
  const sources = attached.get(registry)
  if (sources?.get(key) !== source) return
  sources.delete(key)
  if (sources.size === 0) restore(registry)
}

const extend = (registry: Registry): Map<string, Source> => {
  const sources = new Map<string, Source>()
  const pulled = function* () {
    for (const source of sources.values()) yield* source.series()
  }
  Object.defineProperties(registry, {
    values: {
      configurable: true,
      value: function* () {
        yield* Map.prototype.values.call(registry)
        yield* pulled()
      }
    },
    get: {
      configurable: true,
      value: (key: string) => Map.prototype.get.call(registry, key) ?? find(key, pulled())
    }
  })
  attached.set(registry, sources)
  return sources
}

const restore = (registry: Registry): void => {
  attached.delete(registry)
  Reflect.deleteProperty(registry, "values")
  Reflect.deleteProperty(registry, "get")
}

/** The series that a metric of this key would be. A registry asks for one that it does not have only when it is first used. */
const find = (key: string, all: Iterable<Series>): Series | undefined => {
  for (const series of all) {
    if (key.includes(series.id) && key === keyOf(series)) return series
  }
  return undefined
}

/** As `effect/Metric` makes the key of a series. */
const keyOf = ({ attributes, description, id, type }: Series): string =>
  JSON.stringify([type, id, description, Object.entries(attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))])
