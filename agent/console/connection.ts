import type { ConsoleContext } from './context.ts'
import { procedures } from './procedures.ts'

const get = procedures.connection.get.handler(({ context }) => stateOf(context))

const retry = procedures.connection.retry.handler(async ({ context }) => {
  await context.services.supervisor.retry()
  return stateOf(context)
})

const queue = procedures.connection.queue.handler(({ context: { identity, services } }) => ({
  commands: services.commands.list(identity).map(({ identity: asker, subjects, ...command }) => ({
    ...command,
    subjects: [...subjects],
    operator: asker.operator,
  })),
}))

const dismiss = procedures.connection.dismiss.handler(({ context: { identity, services }, input: { id } }) => ({
  changed: services.commands.dismiss(id, identity),
}))

function stateOf({ identity, services: { supervisor, commands, device } }: ConsoleContext) {
  const { waitingResults, reason, loss } = device()
  const states = commands.list(identity).map(({ state }) => state)
  return {
    ...supervisor.view,
    asOf: supervisor.now(),
    waitingCommands: states.filter((state) => state === 'waiting').length,
    conflicts: states.filter((state) => state === 'conflict').length,
    waitingResults,
    store: { reason, loss },
  }
}

export const connection = { get, retry, queue, dismiss }
