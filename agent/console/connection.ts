import type { ConsoleServices } from './context.ts'
import { procedures } from './procedures.ts'

const get = procedures.connection.get.handler(({ context }) => stateOf(context.services))

const retry = procedures.connection.retry.handler(async ({ context: { services } }) => {
  await services.supervisor.retry()
  return stateOf(services)
})

function stateOf({ supervisor }: ConsoleServices) {
  return { ...supervisor.view, asOf: supervisor.now() }
}

export const connection = { get, retry }
