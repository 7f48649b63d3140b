import type { Api } from "./Api.ts"
import type { Caches } from "./Caches.ts"
import type { Routes } from "./Routes.ts"

/** What every part of the service stands on. */
export interface Core {
  readonly api: Api
  readonly caches: Caches
  readonly routes: Routes
}

/** The roots of the two versions of the API. */
export const v2 = "/api/v2"
export const v1 = "/plan/current"

/** A path's part that comes from outside. */
export const segment = (text: string): string => encodeURIComponent(text)
