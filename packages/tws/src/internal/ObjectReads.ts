import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import type { ModelObjectId, ResourceId, WorkstationId } from "../model/Ids.ts"
import type { ModelKind, ModelObject } from "../model/ModelObject.ts"
import type { Page } from "../model/Page.ts"
import type { ModelQuery, ResourceQuery, WorkstationQuery } from "../model/Query.ts"
import type { Resource } from "../model/Resource.ts"
import type { Workstation } from "../model/Workstation.ts"
import type { Tws } from "../Tws.ts"
import type { TwsError, TwsObjectNotFound } from "../TwsError.ts"
import { ModelEnvelope, toModelObject } from "../wire/ModelEnvelope.ts"
import { ResourceInPlan, toResource } from "../wire/ResourceInPlan.ts"
import { toWorkstation, WorkstationInPlan } from "../wire/WorkstationInPlan.ts"
import { jsonDecoder } from "./Answers.ts"
import { about, plainly } from "./Api.ts"
import { tag, weighPage } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"
import * as Lists from "./Lists.ts"
import * as Selections from "./Selections.ts"

const decodeWorkstation = jsonDecoder(WorkstationInPlan)
const decodeResource = jsonDecoder(ResourceInPlan)
const decodeModel = jsonDecoder(ModelEnvelope)

type Reads = Pick<Tws["Service"], "workstations" | "workstation" | "resources" | "resource" | "model" | "modelObject">

/** Workstations, resources and definitions. */
export const make: (core: Core) => Effect.Effect<Reads, never, Scope.Scope> = Effect.fnUntraced(function* ({
  api,
  caches
}) {
  const workstationList = Lists.make(api, {
    operation: "workstations",
    policy: "tws_workstations",
    path: `${v2}/plan/workstation`,
    item: WorkstationInPlan,
    toModel: toWorkstation
  })
  const workstationPages = yield* caches.make<Page<Workstation>, TwsError>("workstations", "status", weighPage)
  const workstationDetails = yield* caches.make<Workstation, TwsError | TwsObjectNotFound>("workstation", "status")

  const workstations = Spanned.fn("Tws.workstations")(function* (query: WorkstationQuery = {}) {
    const question = yield* Lists.question(Selections.workstations(query))
    const offset = yield* Lists.offsetOf(query.cursor, question.key)
    const limit = query.limit ?? Lists.defaultLimit
    return yield* workstationPages.get(`${question.key}${offset}:${limit}`, {
      load: plainly(workstationList.page(question, offset, limit)),
      tags: [tag.workstations]
    })
  })

  const workstation = Spanned.fn("Tws.workstation")(function* (id: WorkstationId) {
    const request = HttpClientRequest.get(`${v2}/plan/workstation/${segment(id)}`, { acceptJson: true })
    return yield* workstationDetails.get(id, {
      load: api
        .ask({ operation: "workstation", policy: "tws_workstations", request }, decodeWorkstation)
        .pipe(Effect.map(toWorkstation), about("workstation", id)),
      tags: [tag.workstation(id)]
    })
  })

  const resourceList = Lists.make(api, {
    operation: "resources",
    policy: "tws_resource_usage",
    path: `${v2}/plan/resource`,
    item: ResourceInPlan,
    toModel: toResource
  })
  const resourcePages = yield* caches.make<Page<Resource>, TwsError>("resources", "status", weighPage)
  const resourceDetails = yield* caches.make<Resource, TwsError | TwsObjectNotFound>("resource", "status")

  const resources = Spanned.fn("Tws.resources")(function* (query: ResourceQuery = {}) {
    const question = yield* Lists.question(Selections.resources(query))
    const offset = yield* Lists.offsetOf(query.cursor, question.key)
    const limit = query.limit ?? Lists.defaultLimit
    return yield* resourcePages.get(`${question.key}${offset}:${limit}`, {
      load: plainly(resourceList.page(question, offset, limit)),
      tags: []
    })
  })

  const resource = Spanned.fn("Tws.resource")(function* (id: ResourceId) {
    const request = HttpClientRequest.get(`${v2}/plan/resource/${segment(id)}`, { acceptJson: true })
    return yield* resourceDetails.get(id, {
      load: api
        .ask({ operation: "resource", policy: "tws_resource_usage", request }, decodeResource)
        .pipe(Effect.map(toResource), about("resource", id)),
      tags: []
    })
  })

  const modelLists = new Map<ModelKind, Lists.List<ModelObject>>()
  const modelList = (kind: ModelKind): Lists.List<ModelObject> => {
    const known = modelLists.get(kind)
    if (known !== undefined) return known
    const list = Lists.make(api, {
      operation: "model",
      policy: "tws_model",
      path: `${v2}/model/${kind}`,
      item: ModelEnvelope,
      toModel: toModelObject(kind)
    })
    modelLists.set(kind, list)
    return list
  }
  const modelPages = yield* caches.make<Page<ModelObject>, TwsError>("model", "definitions", weighPage)
  const modelDetails = yield* caches.make<ModelObject, TwsError | TwsObjectNotFound>("modelObject", "definitions")

  const model = Spanned.fn("Tws.model")(function* (kind: ModelKind, query: ModelQuery = {}) {
    const list = modelList(kind)
    const question = yield* Lists.question(Selections.modelObjects(query))
    const offset = yield* Lists.offsetOf(query.cursor, question.key)
    const limit = query.limit ?? Lists.defaultLimit
    return yield* modelPages.get(`${kind}${question.key}${offset}:${limit}`, {
      load: plainly(list.page(question, offset, limit)),
      tags: []
    })
  })

  const modelObject = Spanned.fn("Tws.modelObject")(function* (kind: ModelKind, id: ModelObjectId) {
    const request = HttpClientRequest.get(`${v2}/model/${kind}/${segment(id)}`, { acceptJson: true })
    return yield* modelDetails.get(`${kind}/${id}`, {
      load: api
        .ask({ operation: "modelObject", policy: "tws_model", request }, decodeModel)
        .pipe(Effect.map(toModelObject(kind)), about("definition", id)),
      tags: []
    })
  })

  return { workstations, workstation, resources, resource, model, modelObject }
})
