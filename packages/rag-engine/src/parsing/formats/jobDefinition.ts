import { DocumentText } from "../DocumentText.ts"
import type { ParsedDocument } from "../ParsedDocument.ts"

/** What composer's `extract` writes: sections of definitions, and job streams from SCHEDULE to END. */
const section = /^\$(?:JOBS|CALENDARS?|PARMS?|PROMPTS?|RESOURCES?|USERS?|EVENTRULE|WORKSTATIONS?)\b.*$/m
const stream = /^SCHEDULE\s+\S+/m

/** Whether `text` is composer's: a section of it, or a job stream with its end. */
export const isJobDefinition = (text: string): boolean =>
  section.test(text) || (stream.test(text) && /^END\s*$/m.test(text)) || /^CPUNAME\s+\S+[\s\S]*^END\s*$/m.test(text)

/** Where a definition begins: a stream, a workstation, or within a section a name at the start of a line. */
const begins = (line: string, inStream: boolean) =>
  /^(?:SCHEDULE|CPUNAME|CPUCLASS|DOMAIN)\s+\S+/.test(line) ||
  (!inStream && /^[A-Z@][\w@#/.-]*(?:\s+"[^"]*")?\s*$/.test(line))

/** Composer's definitions: a section for each object, whose text is kept whole. */
export const parseJobDefinition = (text: string): ParsedDocument => {
  const document = new DocumentText()
  let block: Array<string> = []
  let inStream = false
  const flush = () => {
    document.code(block.join("\n"))
    block = []
  }
  for (const line of text.split("\n")) {
    if (section.test(line)) {
      flush()
      inStream = false
      document.heading(1, line.trim())
    } else if (begins(line, inStream)) {
      flush()
      inStream = /^(?:SCHEDULE|CPUNAME|CPUCLASS|DOMAIN)\b/.test(line)
      document.heading(2, line)
      block.push(line)
    } else block.push(line)
    if (/^END\s*$/.test(line)) {
      flush()
      inStream = false
    }
  }
  flush()
  return document.finish("text/vnd.workload-automation.job-definition")
}
