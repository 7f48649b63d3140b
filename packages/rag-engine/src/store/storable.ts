/** A text as the store keeps it, without space around it: PostgreSQL holds no NUL in a text, nor half a character in JSON. */
export const storable = (text: string): string => text.replaceAll("\0", " ").toWellFormed().trim()
