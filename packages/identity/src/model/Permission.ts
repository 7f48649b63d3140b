import { Schema } from "effect"

/** Rights that only look. */
export const reading = [
  "tws:read",
  "resilience:read",
  "knowledge:read",
  "approvals:read",
  "commands:read",
  "system:read"
] as const

/** Rights to change what runs. */
export const operating = [
  "jobs:cancel",
  "jobs:rerun",
  "jobs:kill",
  "jobs:hold",
  "jobs:release",
  "jobs:confirm",
  "jobs:submit",
  "jobs:update",
  "job-streams:submit",
  "job-streams:cancel",
  "job-streams:hold",
  "job-streams:release",
  "job-streams:update",
  "workstations:link",
  "workstations:unlink",
  "workstations:start",
  "workstations:stop",
  "workstations:update",
  "resources:update",
  "prompts:reply",
  "resilience:steer",
  "knowledge:write",
  "approvals:decide",
  "bulk:run"
] as const

/** Rights over the service itself and those who use it. */
export const administering = [
  "resilience:configure",
  "knowledge:delete",
  "knowledge:configure",
  "cache:read",
  "cache:clear",
  "approvals:configure",
  "users:read",
  "users:write",
  "sessions:read",
  "sessions:revoke",
  "api-keys:read",
  "api-keys:write",
  "audit:read",
  "audit:export"
] as const

/** A right, `resource:action`. `knowledge:read` covers searching and asking. */
export const Permission = Schema.Literals([...reading, ...operating, ...administering]).annotate({
  identifier: "Permission"
})
export type Permission = typeof Permission.Type

/** All rights. */
export const all: ReadonlyArray<Permission> = Permission.literals
