import { DocumentText } from "../DocumentText.ts"
import type { ParsedDocument } from "../ParsedDocument.ts"

const rule = /^={20,}\s*$/
const jobLine = /^= JOB\s*: (?<workstation>[^#\s]+)#(?<stream>[^[.\s]+)(?:\[.*?\])?\.(?<job>\S+)/

/** A job log begins with a rule of `=` and the line that names the job. */
export const isJobLog = (text: string): boolean =>
  /^\s*={20,}\s*\n= JOB\s*:/.test(text) || /\n={20,}\s*\n= JOB\s*:/.test(text.slice(0, 20_000))

/**
 * Job logs as jobman writes them: a header between rules that names the job, its output, and a footer between rules with
 * the exit status. A file may hold several runs; each is a section.
 */
export const parseJobLog = (text: string): ParsedDocument => {
  const document = new DocumentText()
  let block: Array<string> = []
  let framed = false
  const flush = () => {
    const name = block.map((line) => jobLine.exec(line)?.groups).find((groups) => groups !== undefined)
    if (name !== undefined) {
      const number = block
        .map((line) => /^= Job Number\s*:\s*(\d+)/.exec(line)?.[1])
        .find((found) => found !== undefined)
      const run = number === undefined ? "" : `, job number ${number}`
      document.heading(1, `Job log of ${name["workstation"]}#${name["stream"]}.${name["job"]}${run}`)
    }
    document.code(block.map((line) => (framed ? line.replace(/^= ?/, "") : line)).join("\n"), "log")
    block = []
  }
  for (const line of text.split("\n")) {
    if (rule.test(line)) {
      flush()
      framed = !framed
    } else if (framed && !line.startsWith("=")) {
      // A rule in the output of the job itself: what follows is output.
      framed = false
      block.push(line)
    } else block.push(line)
  }
  flush()
  return document.finish("text/vnd.workload-automation.job-log")
}
