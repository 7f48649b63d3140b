import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, Schema, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import type { Page } from "../model/Page.ts"
import type { Prompt } from "../model/Prompt.ts"
import type { PromptQuery } from "../model/Query.ts"
import type { Tws } from "../Tws.ts"
import type { TwsError } from "../TwsError.ts"
import { PromptInPlan, PromptInPlanV1, toPrompt, toPromptV1 } from "../wire/PromptInPlan.ts"
import { jsonDecoder } from "./Answers.ts"
import { type ApiError, plainly } from "./Api.ts"
import { tag, weighPage } from "./Caches.ts"
import { type Core, v1, v2 } from "./Core.ts"
import * as Lists from "./Lists.ts"
import * as Selections from "./Selections.ts"

const decodeV1 = jsonDecoder(Schema.Array(PromptInPlanV1))

/** V1 gives no more than this in one answer. */
const mostOfV1 = 10_000

/** Prompts: by V2 where the engine lists them there (10.2.8), by V1 otherwise. */
export const make: (core: Core) => Effect.Effect<Pick<Tws["Service"], "prompts">, never, Scope.Scope> =
  Effect.fnUntraced(function* ({ api, caches, routes }) {
    const list = Lists.make(api, {
      operation: "prompts",
      policy: "tws_prompts",
      path: `${v2}/plan/prompt`,
      item: PromptInPlan,
      toModel: toPrompt
    })
    const pages = yield* caches.make<Page<Prompt>, TwsError>("prompts", "status", weighPage)

    /** V1 knows no offset: it is asked for all up to the end of the page, and judged here. */
    const pageOfV1 = (
      query: PromptQuery,
      question: Lists.Question<Prompt>,
      offset: number,
      limit: number
    ): Effect.Effect<Page<Prompt>, ApiError> =>
      Effect.map(
        api.ask(
          {
            operation: "prompts",
            policy: "tws_prompts",
            request: HttpClientRequest.post(`${v1}/prompt/query`, {
              acceptJson: true,
              headers: { "How-Many": String(mostOfV1) }
            }).pipe(HttpClientRequest.bodyJsonUnsafe({ filters: { promptInPlanFilter: {} } }))
          },
          decodeV1
        ),
        (wire) => {
          const status = query.status
          const all = wire
            .map(toPromptV1)
            .filter((prompt) => status === undefined || status.length === 0 || status.includes(prompt.status))
          return Lists.slice(all, question, offset, limit)
        }
      )

    const prompts = Spanned.fn("Tws.prompts")(function* (query: PromptQuery = {}) {
      const question = yield* Lists.question(Selections.prompts(query))
      const offset = yield* Lists.offsetOf(query.cursor, question.key)
      const limit = query.limit ?? Lists.defaultLimit
      return yield* pages.get(`${question.key}${offset}:${limit}`, {
        load: plainly(
          routes.either<Page<Prompt>, ApiError>({
            route: "prompts",
            first: list.page(question, offset, limit),
            exists: Effect.succeed(true),
            otherwise: pageOfV1(query, question, offset, limit)
          })
        ),
        tags: [tag.prompts]
      })
    })

    return { prompts }
  })
