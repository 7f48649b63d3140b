import { Config } from "effect"

/** One environment variable: how it is read, what holds when it is not set, and what it means to an operator. */
export interface Setting<out A> {
  readonly name: string
  readonly config: Config.Config<A>
  /** The default as an operator would write it. */
  readonly fallback: string
  readonly meaning: string
}

export const make = <A>(options: {
  readonly name: string
  readonly read: (name: string) => Config.Config<A>
  readonly fallback: NoInfer<A>
  readonly shown?: string
  readonly meaning: string
}): Setting<A> => ({
  name: options.name,
  config: options.read(options.name).pipe(Config.withDefault(options.fallback)),
  fallback: options.shown ?? String(options.fallback),
  meaning: options.meaning
})

/** The values of all settings. */
export const readAll = <const Settings extends Readonly<Record<string, Setting<unknown>>>>(settings: Settings) =>
  Config.all(Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, setting.config]))).pipe(
    // `Config.all` keeps the keys; `Object.fromEntries` is what forgets them.
    Config.map((values) => values as { readonly [K in keyof Settings]: Config.Success<Settings[K]["config"]> })
  )
