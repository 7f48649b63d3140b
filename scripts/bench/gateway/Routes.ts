/** The routes that are driven. No two requests ask for the same, so that no cache and no shared call can answer. */
let next = 0

const jobId = () => `00000000-0000-4000-8000-${(next++).toString(16).padStart(12, "0")}`

export const paths: Readonly<Record<string, () => string>> = {
  job: () => `/api/v1/tws/jobs/${jobId()}`,
  jobs: () => `/api/v1/tws/jobs?limit=50&name=J${next++}*`,
  bare: () => "/bare"
}
