/** What is particular about the door of the desktop. */
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPortDoor } from '../../agent/console/message-port.ts'
import type { Contract } from '../../shared/contract/index.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../support/console.ts'
import { waitFor } from '../support/wait.ts'

let console: TestConsole
let organizationId: string
beforeAll(async () => {
  console = await createTestConsole()
  ;({ organizationId } = await addOpenBrand(console.sql))
})
afterAll(async () => {
  await console.stop()
})

const person = { operator: 'ada', door: 'console', scope: 'admin', organizationId: null } as const

interface Desktop {
  readonly client: ContractRouterClient<Contract>
  readonly close: () => void
}

function desktop({ isReadOnly = false } = {}): Desktop {
  const { port1, port2 } = new MessageChannel()
  createPortDoor({ isReadOnly }).upgrade(port1, person, () => console.services)
  port1.start()
  const client: ContractRouterClient<Contract> = createORPCClient(new RPCLink({ port: port2 }))
  port2.start()
  return { client, close: () => port2.close() }
}

test('a window that closes leaves no stream behind', async () => {
  const { changes } = console.services
  let open = 0
  const subscribe = changes.subscribe.bind(changes)
  changes.subscribe = async (listener) => {
    const unsubscribe = await subscribe(listener)
    open += 1
    return () => {
      open -= 1
      unsubscribe()
    }
  }
  const { client, close } = desktop()
  const events = await client.live.changes({ organizationId })
  const first = await events.next()
  expect(first.value).toMatchObject({ type: 'database', reachable: true })
  expect(open).toBe(1)
  close()
  await waitFor(() => open === 0, { describe: 'the stream to end' })
  changes.subscribe = subscribe
})

test('read-only holds for the desktop as well', async () => {
  const { client, close } = desktop({ isReadOnly: true })
  expect((await client.session.brands({ organizationId })).brands).toHaveLength(1)
  expect((await client.session.get()).scope).toBe('read')
  const change = { organizationId, feature: 'PIPELINE_MANAGER', enabled: false }
  await expect(client.admin.setFeature(change)).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
    data: { field: 'read_only' },
  })
  close()
})

test('calls made at once are answered each for itself', async () => {
  const { client, close } = desktop()
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.session.get()))
  expect(answers.every(({ operator }) => operator === 'ada')).toBe(true)
  close()
})
