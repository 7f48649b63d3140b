/** The routes that are driven. Job ids go round so that no cache and no shared call can answer. */
let next = 0

const jobId = () => {
  next = (next + 1) % 2000
  return `00000000-0000-4000-8000-${next.toString(16).padStart(12, "0")}`
}

export const paths: Readonly<Record<string, () => string>> = {
  job: () => `/api/v1/tws/jobs/${jobId()}`,
  jobs: () => "/api/v1/tws/jobs?limit=50",
  bare: () => "/bare"
}
