import type { Opened } from '../../app/places.ts'

/** Where the drawer of a thing is that the record names; null for kinds of things that have none. */
export function placeOfSubject(subjectType: string, subjectId: string): Opened | null {
  if (subjectType === 'job') return { kind: 'job', jobId: subjectId }
  if (subjectType === 'run') return { kind: 'run', runId: subjectId }
  if (subjectType === 'incident') return { kind: 'incident', incidentId: subjectId }
  // `<brand id>/<key>`
  const [brandId, dataset] = [subjectId.slice(0, subjectId.indexOf('/')), subjectId.slice(subjectId.indexOf('/') + 1)]
  return subjectType === 'dataset' && brandId !== '' ? { kind: 'dataset', brandId, dataset } : null
}
