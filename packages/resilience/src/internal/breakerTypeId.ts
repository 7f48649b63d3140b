/** Apart from the class that carries it, so that it is there whichever of the breaker's modules is loaded first. */
export const TypeId = "~@resync/resilience/CircuitBreaker"
