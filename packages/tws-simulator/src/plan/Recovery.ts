import { minute } from "./Blueprint.ts"
import { hash, Subject } from "./Hash.ts"
import { isRepeated, repeatEvery, repeatTimes } from "./JobDefinition.ts"
import { JobFlag } from "./JobStatus.ts"
import { isPlanned, type Plan, positionOf } from "./Plan.ts"
import type { PromptState } from "./PlanObjects.ts"
import { recoveryOptionOf } from "./RunOutcome.ts"

/** Asks a prompt. Seven prompts in ten are answered by the operators of the simulated site within the hour. */
export const ask = (plan: Plan, index: number, prompt: PromptState): void => {
  prompt.status = "ASKED"
  prompt.askedAt = plan.now
  const chance = hash(plan.blueprint.seed, Subject.prompt, prompt.number, plan.epoch)
  if (chance % 10 < 7) {
    plan.queue.push(plan.now + (5 + ((chance >>> 8) % 50)) * minute, {
      _tag: "OperatorReplies",
      prompt: index,
      epoch: plan.epoch
    })
  }
}

/** An `every` job has its next run a quarter of an hour after this one began. */
export const repeat = (plan: Plan, job: number): void => {
  const stream = plan.jobs.stream.get(job)
  if (!isPlanned(plan, stream) || !isRepeated(plan.streams.definition.get(stream), positionOf(plan, job))) return
  const run = plan.jobs.run.get(job)
  if (run >= repeatTimes) return
  plan.queue.push(Math.max(plan.now + 1, plan.jobs.start.get(job) + repeatEvery), {
    _tag: "JobReruns",
    job,
    run,
    epoch: plan.epoch,
    type: "RERUN_EVERY"
  })
}

/** Applies the recovery option of a job that ended in error. A killed job is not recovered. */
export const recover = (plan: Plan, job: number): void => {
  if ((plan.jobs.flags.get(job) & JobFlag.killed) !== 0) return
  const run = plan.jobs.run.get(job)
  switch (recoveryOptionOf(plan, job)) {
    case "CONTINUE":
      plan.jobs.flags.set(job, plan.jobs.flags.get(job) | JobFlag.continued)
      return
    case "RERUN":
      if (run < 3) {
        plan.queue.push(plan.now + minute, { _tag: "JobReruns", job, run, epoch: plan.epoch, type: "RECOVERY_RERUN" })
      }
      return
    case "CONTINUE_PROMPT":
    case "RERUN_PROMPT": {
      const number = plan.prompts.length + 1
      const prompt: PromptState = {
        number,
        name: `RECOVERY_${number}`,
        type: "Restart Prompt",
        text: `Job ended in error with return code ${plan.jobs.returnCode.get(job)}. Continue?`,
        stream: plan.jobs.stream.get(job),
        job,
        status: "NOT_ASKED",
        askedAt: 0,
        answeredAt: 0
      }
      plan.prompts.push(prompt)
      ask(plan, number - 1, prompt)
      return
    }
    case "STOP": {
      // The operators of the simulated site look at half of the failures within the hour and run the job again.
      const chance = hash(plan.blueprint.seed, Subject.rerun, job, plan.epoch * 256 + run)
      if (chance % 2 === 0) {
        plan.queue.push(plan.now + (10 + ((chance >>> 8) % 50)) * minute, {
          _tag: "OperatorReruns",
          job,
          run,
          epoch: plan.epoch
        })
      }
      return
    }
  }
}
