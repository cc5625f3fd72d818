import { Problem } from '../errors.ts'

/** What names a check in an address: lower-case letters, digits, "-" and "_". */
export const slugPattern = /^[a-z0-9_-]{1,100}$/

/** A name as it may stand in an address: "Nightly backup" → `nightly-backup`. Empty when nothing of it may. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100)
}

/** @throws Problem `invalid_input`. */
export function checkSlug(slug: string): string {
  if (slugPattern.test(slug)) return slug
  throw new Problem('invalid_input', 'The slug may not stand in an address as it is.', {
    field: 'slug',
    value: slug,
    fix: 'Use 1 to 100 lower-case letters, digits, "-" and "_".',
  })
}
