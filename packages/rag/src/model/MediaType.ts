import { Schema } from "effect"

/** The kinds of document that can be read. The scheduler's own texts have kinds of their own. */
export const MediaType = Schema.Literals([
  "application/pdf",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "text/html",
  "text/markdown",
  "text/plain",
  "text/csv",
  "application/json",
  "text/vnd.workload-automation.job-log",
  "text/vnd.workload-automation.message-catalogue",
  "text/vnd.workload-automation.job-definition"
])
export type MediaType = typeof MediaType.Type
