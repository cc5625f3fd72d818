import { DeliveryFailure } from '../../../agent/incidents/channels/channel.ts'

/** What the delivery must fail with; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<DeliveryFailure> {
  const error: unknown = await work.then(
    (answer) => new Error(`It was expected to fail, and ended with ${JSON.stringify(answer)}`),
    (thrown: unknown) => thrown,
  )
  if (error instanceof DeliveryFailure) return error
  throw error
}
