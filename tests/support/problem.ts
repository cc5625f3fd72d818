import { Problem } from '../../shared/errors.ts'

/** The Problem that the work must end in; anything else fails the test. */
export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error: unknown = await work.then(
    () => new Error('It was expected to throw a Problem, and ended well'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof Problem) return error
  throw error
}
