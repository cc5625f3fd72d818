import { ORPCError } from '@orpc/server'

/** What a call ends in, as any door tells it; anything else fails the test. */
export async function errorOf(work: Promise<unknown>): Promise<ORPCError<string, unknown>> {
  const thrown: unknown = await work.then(
    () => new Error('It was expected to be refused, and ended well'),
    (error: unknown) => error,
  )
  if (thrown instanceof ORPCError) return thrown
  throw thrown
}
