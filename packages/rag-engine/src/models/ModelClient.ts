import { RagPolicies } from "@resync/rag/RagPolicies"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import * as ResilientHttpClient from "@resync/resilience/ResilientHttpClient"
import { Effect, Layer } from "effect"
import { HttpClient, HttpClientError } from "effect/http"

/**
 * The HTTP client under one of the policies of model servers. A question to a model changes nothing, so that it may be sent
 * again. What the policy itself refuses reads as a server that cannot be reached.
 */
export const layer = (policyName: "llm" | "embedding") =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const policy = yield* (yield* ResiliencePolicyRegistry).register(policyName, RagPolicies[policyName])
      const guarded = ResilientHttpClient.withPolicy(policy)(yield* HttpClient.HttpClient)
      return HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
        Effect.flatMap((request) =>
          guarded.execute(request).pipe(
            Effect.provideService(ResilientHttpClient.Idempotent, true),
            Effect.mapError((error) =>
              HttpClientError.isHttpClientError(error)
                ? error
                : new HttpClientError.HttpClientError({
                    reason: new HttpClientError.TransportError({ request, cause: error, description: error.message })
                  })
            )
          )
        ),
        Effect.succeed
      )
    })
  )
