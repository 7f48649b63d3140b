const qualityOf = (accept: string, mediaType: string): number => {
  for (const part of accept.toLowerCase().split(",")) {
    const [name, ...parameters] = part.split(";").map((text) => text.trim())
    if (name !== mediaType) continue
    const quality = parameters.find((parameter) => parameter.startsWith("q="))
    const value = quality === undefined ? 1 : Number(quality.slice(2))
    return Number.isNaN(value) ? 0 : value
  }
  return 0
}

/** Whether a client asks for server-sent events, and not rather for JSON (RFC 9110, section 12.5.1). */
export const wantsEvents = (accept: string | undefined): boolean => {
  if (accept === undefined) return false
  const events = qualityOf(accept, "text/event-stream")
  return events > 0 && events >= qualityOf(accept, "application/json")
}
