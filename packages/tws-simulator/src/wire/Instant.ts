const pad = (value: number, width = 2): string => String(value).padStart(width, "0")

/** Year, month and day of a count of days since 1970-01-01, by the proleptic Gregorian calendar. */
export const civilDate = (days: number): { readonly year: number; readonly month: number; readonly day: number } => {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  }
}

const dayMillis = 86_400_000

/** `2026-03-04` */
export const isoDate = (millis: number): string => {
  const { day, month, year } = civilDate(Math.floor(millis / dayMillis))
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`
}

/** The hour, minute and second of a UTC instant. */
export const timeOfDay = (millis: number): readonly [hour: number, minute: number, second: number] => {
  const seconds = Math.floor(millis / 1000) % 86_400
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
}

/** `2026-03-04T10:00:00Z`: the form of every V2 instant. Built by arithmetic, for lists hold tens of thousands of them. */
export const isoInstant = (millis: number): string => `${isoSeconds(millis)}Z`

/** `2026-03-04T10:00:00`: the form of V1, always in UTC. */
export const isoSeconds = (millis: number): string => {
  const [hour, minute, second] = timeOfDay(millis)
  return `${isoDate(millis)}T${pad(hour)}:${pad(minute)}:${pad(second)}`
}

/** `PT1H2M3S`, in whole seconds. */
export const isoDuration = (millis: number): string => {
  const seconds = Math.max(0, Math.round(millis / 1000))
  const parts: ReadonlyArray<readonly [number, string]> = [
    [Math.floor(seconds / 3600), "H"],
    [Math.floor(seconds / 60) % 60, "M"],
    [seconds % 60, "S"]
  ]
  const text = parts.map(([value, unit]) => (value === 0 ? "" : `${value}${unit}`)).join("")
  return text === "" ? "PT0S" : `PT${text}`
}
