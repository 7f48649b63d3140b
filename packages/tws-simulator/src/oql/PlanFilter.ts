import { like } from "./Like.ts"

/** What a plan filter selects: the syntax of conman, `/folder/WKS#/folder/STREAM.JOB+state=…`, `@` for any text. */
export interface PlanFilter {
  workstation(folder: string, name: string): boolean
  stream(folder: string, name: string): boolean
  job(name: string): boolean
  /** The internal states asked for by `+state=`, or all. */
  readonly states: ReadonlySet<string> | undefined
}

/** The test that everything passes. It is known by its identity, so that callers need not compute what it is asked. */
export const everything = (): boolean => true

const pattern = (text: string): ((value: string) => boolean) => (text === "@" ? everything : like(text))

const split = (path: string, base: string): readonly [folder: string, name: string] => {
  const slash = path.lastIndexOf("/")
  const name = path.slice(slash + 1)
  const folder = path.slice(0, Math.max(0, slash))
  if (path.startsWith("/")) return [folder === "" ? "/" : folder, name]
  const prefix = base === "" ? "" : base.replace(/\/+$/, "")
  const relative = folder === "" ? prefix : `${prefix}/${folder}`
  return [relative === "" ? "/" : relative, name]
}

const located = (path: string, base: string): ((folder: string, name: string) => boolean) => {
  if (path === "" || path === "/" || path === "/@/@") return everything
  const [folderPattern, namePattern] = split(path, base)
  const folder = folderPattern === "/@" ? () => true : like(folderPattern)
  const name = namePattern === "" ? () => true : like(namePattern)
  return (inFolder, named) => folder(inFolder) && name(named)
}

/**
 * Reads a plan filter. A filter without `#` names a workstation when workstations are selected, and a stream or a job
 * otherwise. Relative paths are taken to be in the base folder.
 */
export const parsePlanFilter = (
  source: string,
  kind: "job" | "stream" | "workstation",
  baseFolder = ""
): PlanFilter => {
  const [selection = "", ...qualifiers] = source.split("+")
  const states = qualifiers.find((one) => one.toLowerCase().startsWith("state="))
  const hash = selection.indexOf("#")
  const workstation = hash >= 0 ? selection.slice(0, hash) : kind === "workstation" ? selection : ""
  const rest = hash >= 0 ? selection.slice(hash + 1) : kind === "workstation" ? "" : selection
  const dot = kind === "job" ? rest.lastIndexOf(".") : -1
  const stream = dot >= 0 ? rest.slice(0, dot) : rest
  return {
    workstation: located(workstation, baseFolder),
    stream: located(stream, baseFolder),
    job: pattern(dot >= 0 ? rest.slice(dot + 1) : "@"),
    states:
      states === undefined
        ? undefined
        : new Set(
            states
              .slice(6)
              .replace(/[()\s]/g, "")
              .toUpperCase()
              .split(",")
          )
  }
}
