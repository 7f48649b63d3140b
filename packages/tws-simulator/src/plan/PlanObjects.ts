/** A quantity that jobs share. */
export interface ResourceState {
  readonly name: string
  readonly workstation: number
  quantity: number
  inUse: number
  readonly holders: Map<number, number>
  waiters: Array<number>
}

export type PromptStatus = "NOT_ASKED" | "ASKED" | "ANSWERED_YES" | "ANSWERED_NO"

/** A question that holds a stream, or a job after its failure, until someone answers. */
export interface PromptState {
  readonly number: number
  readonly name: string
  readonly type: "Ad Hoc Prompt" | "Predefined Prompt" | "Restart Prompt"
  readonly text: string
  readonly stream: number
  /** The job for a restart prompt, -1 otherwise. */
  readonly job: number
  status: PromptStatus
  askedAt: number
  answeredAt: number
}

export type FileStatus = "Not Checked" | "Checking" | "Exists" | "Unavailable"

/** A file that a stream waits for. */
export interface FileState {
  readonly name: string
  readonly workstation: number
  readonly stream: number
  status: FileStatus
  checkedAt: number
}
