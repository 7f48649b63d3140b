/** All registries of the library as one layer. */
import { Layer } from "effect"
import {
  type CircuitBreakerConfig,
  CircuitBreakerRegistry,
  type CircuitBreakerRegistryOptions
} from "./CircuitBreakerRegistry.ts"
import { type ResiliencePolicyConfig, ResiliencePolicyRegistry } from "./ResiliencePolicyRegistry.ts"

/** One registry of breakers and one of policies, to be provided once per application. */
export const layer = (options?: {
  /** Configurations that breakers inherit from, by name. */
  readonly circuitBreakers?: Readonly<Record<string, CircuitBreakerConfig>> | undefined
  /** What the registry of breakers goes by beside them: tags, eviction, buffers of events. */
  readonly circuitBreakerRegistry?: Omit<CircuitBreakerRegistryOptions, "configs"> | undefined
  /** Configurations that policies inherit from, by name. */
  readonly policies?: Readonly<Record<string, ResiliencePolicyConfig>> | undefined
}): Layer.Layer<ResiliencePolicyRegistry | CircuitBreakerRegistry> =>
  ResiliencePolicyRegistry.layer({ configs: options?.policies }).pipe(
    Layer.provideMerge(
      CircuitBreakerRegistry.layer({ ...options?.circuitBreakerRegistry, configs: options?.circuitBreakers })
    )
  )
