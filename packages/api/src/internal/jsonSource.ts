import { Schema, SchemaAST } from "effect"
import * as jsonLeaf from "./jsonLeaf.ts"

/** Source text of functions that write JSON, and the values that it refers to as `C[n]`. */
export interface Source {
  readonly functions: Array<string>
  readonly constants: Array<unknown>
  readonly named: Map<SchemaAST.AST, string>
}

const constant = (source: Source, value: unknown): string => {
  const known = source.constants.indexOf(value)
  return `C[${known >= 0 ? known : source.constants.push(value) - 1}]`
}

/** The members of a union, those of unions in it included. */
const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  ast._tag === "Union" && isPlain(ast) ? ast.types.flatMap(membersOf) : [ast]

/** Whether a schema neither transforms nor checks. */
const isPlain = (ast: SchemaAST.AST): boolean => ast.encoding === undefined && ast.checks === undefined

/** The condition under which the checks of a value fail. */
const failsChecks = (source: Source, ast: SchemaAST.AST, value: string): ReadonlyArray<string> =>
  ast.checks === undefined
    ? []
    : [`!${constant(source, Schema.is(Schema.make<Schema.Codec<unknown>>(SchemaAST.toType(ast))))}(${value})`]

const when = (conditions: ReadonlyArray<string>, text: string): string =>
  conditions.length === 0 ? text : `(${conditions.join("||")}?G():${text})`

/** The key by whose literal the members of a union of records are told apart, and each one's literal. */
const tagOf = (
  members: ReadonlyArray<SchemaAST.AST>
): { key: string; literals: ReadonlyArray<unknown> } | undefined => {
  const [first] = members
  if (first?._tag !== "Objects") return undefined
  for (const { name, type } of first.propertySignatures) {
    if (typeof name !== "string" || type._tag !== "Literal") continue
    const literals = members.map((member) => {
      const found = member._tag === "Objects" ? member.propertySignatures.find((p) => p.name === name)?.type : undefined
      return found?._tag === "Literal" && found.context?.isOptional !== true ? found.literal : undefined
    })
    if (!literals.includes(undefined) && new Set(literals).size === literals.length) return { key: name, literals }
  }
  return undefined
}

const union = (source: Source, ast: SchemaAST.Union, value: string): string => {
  const members = membersOf(ast)
  const nullable = members.some(({ _tag }) => _tag === "Null")
  const rest = members.filter(({ _tag }) => _tag !== "Null")
  const orNull = (text: string) => (nullable ? `(${value}===null?"null":${text})` : text)
  const [only] = rest
  if (rest.length === 1 && only !== undefined) return orNull(expression(source, only, value))
  if (rest.every((member) => isPlain(member) && isText(member))) {
    if (rest.some(({ _tag }) => _tag === "String")) return orNull(`(typeof ${value}==="string"?Q(${value}):G())`)
    const words = constant(source, new Set(rest.map((member) => member._tag === "Literal" && member.literal)))
    return orNull(`(${words}.has(${value})?Q(${value}):G())`)
  }
  const tag = rest.every(isPlain) ? tagOf(rest) : undefined
  if (tag === undefined) return call(source, ast, value)
  const key = JSON.stringify(tag.key)
  const branches = rest.map(
    (member, n) => `${value}[${key}]===${JSON.stringify(tag.literals[n])}?${expression(source, member, value)}:`
  )
  return orNull(`(typeof ${value}!=="object"||${value}===null?G():${branches.join("")}G())`)
}

const isText = (ast: SchemaAST.AST): boolean =>
  ast._tag === "String" || (ast._tag === "Literal" && typeof ast.literal === "string")

/** What is not written by generated code. */
const call = (source: Source, ast: SchemaAST.AST, value: string): string =>
  `${constant(source, jsonLeaf.known(ast) ?? jsonLeaf.bySchema(ast))}(${value})`

/** An expression for the text of a value that is in a variable. */
const expression = (source: Source, ast: SchemaAST.AST, value: string): string => {
  if (ast.encoding !== undefined) return call(source, ast, value)
  const checks = failsChecks(source, ast, value)
  switch (ast._tag) {
    case "String":
      return when([`typeof ${value}!=="string"`, ...checks], `Q(${value})`)
    case "Number":
      return when([`!Number.isFinite(${value})`, ...checks], `\`\${${value}}\``)
    case "Boolean":
      return when(checks, `(${value}===true?"true":${value}===false?"false":G())`)
    case "Null":
      return when([`${value}!==null`], `"null"`)
    case "Literal":
      return typeof ast.literal === "string" || typeof ast.literal === "boolean"
        ? when([`${value}!==${JSON.stringify(ast.literal)}`, ...checks], JSON.stringify(JSON.stringify(ast.literal)))
        : call(source, ast, value)
    case "Union":
      return ast.checks === undefined ? union(source, ast, value) : call(source, ast, value)
    case "Objects":
      return ast.checks === undefined &&
        ast.indexSignatures.length === 0 &&
        ast.propertySignatures.length > 0 &&
        ast.propertySignatures.every(({ name }) => typeof name === "string" && name !== "__proto__")
        ? `${record(source, ast)}(${value})`
        : call(source, ast, value)
    case "Arrays": {
      const [item, ...more] = ast.rest
      return ast.checks === undefined && ast.elements.length === 0 && item !== undefined && more.length === 0
        ? `${list(source, ast, item)}(${value})`
        : call(source, ast, value)
    }
    default:
      return call(source, ast, value)
  }
}

const define = (source: Source, ast: SchemaAST.AST, body: () => string): string => {
  const known = source.named.get(ast)
  if (known !== undefined) return known
  const name = `w${source.named.size}`
  source.named.set(ast, name)
  source.functions.push(`function ${name}(v){${body()}}`)
  return name
}

const list = (source: Source, ast: SchemaAST.Arrays, item: SchemaAST.AST): string =>
  define(source, ast, () => {
    const text = expression(source, item, "x")
    return `if(!Array.isArray(v))G();let s="[";for(let i=0;i<v.length;i++){const x=v[i];s+=(i===0?"":",")+${text}}return s+"]"`
  })

const record = (source: Source, ast: SchemaAST.Objects): string =>
  define(source, ast, () => {
    const lines = [`if(typeof v!=="object"||v===null)G()`, `let s="{",x`]
    // Behind a property that is always there, a comma is always due.
    let due: "no" | "unknown" | "yes" = "no"
    for (const { name, type } of ast.propertySignatures) {
      const key = JSON.stringify(name)
      const before = JSON.stringify(`${key}:`)
      const after = JSON.stringify(`,${key}:`)
      const head = due === "no" ? before : due === "yes" ? after : `(s.length>1?${after}:${before})`
      const text = `s+=${head}+${expression(source, type, "x")}`
      lines.push(`x=v[${key}]`)
      if (type.context?.isOptional === true) {
        // A key whose value is `undefined` fits only where `undefined` does, of which the schema judges.
        lines.push(`if(x!==undefined)${text};else if(${key} in v)G()`)
        if (due === "no") due = "unknown"
      } else {
        lines.push(text)
        due = "yes"
      }
    }
    return `${lines.join(";")};return s+"}"`
  })

/** The source of the functions for a schema that describes JSON, the last of which, `write`, is the one to call. */
export const entry = (source: Source, ast: SchemaAST.AST): void => {
  const text = expression(source, ast, "v")
  source.functions.push(`function write(v){return ${text}}`)
}
