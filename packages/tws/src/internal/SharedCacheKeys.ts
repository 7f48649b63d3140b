import type { Change, Place } from "../SharedCache.ts"

/**
 * The form of what is kept, to be raised when it changes: releases of another form do not find each other's answers. The answers
 * themselves are texts of the scheduler's, which have its form.
 */
export const form = "1"

/** The names of what can change: of a tag, and of a cache as a whole. */
export const ofTag = (tag: string): string => `tag:${tag}`
export const ofCache = (cache: string): string => `cache:${cache}`

/** What a change is about, by name. */
export const namesOf = ({ caches, tags }: Change): ReadonlyArray<string> => [...tags.map(ofTag), ...caches.map(ofCache)]

/** The change that names stand for. */
export const changeOf = (names: ReadonlyArray<string>): Change => ({
  tags: names.filter((name) => name.startsWith("tag:")).map((name) => name.slice(4)),
  caches: names.filter((name) => name.startsWith("cache:")).map((name) => name.slice(6))
})

/** Keys under a prefix. */
export const make = (prefix: string) => {
  const of = (place: Place, what: string) => `${prefix}${form}:${what}:${place.cache}:${place.scope}:${place.key}`
  // Of every form: while releases change, they tell each other what has changed.
  const generation = (name: string) => `${prefix}generation:${name}`
  return {
    answer: (place: Place) => of(place, "answer"),
    lease: (place: Place) => of(place, "lease"),
    generation,
    generations: (place: Place) => [ofCache(place.cache), ...place.tags.map(ofTag)].map(generation),
    changes: `${prefix}changes`
  }
}
