/** The three doors of the contract over one database, each with a caller of any scope and organization. */
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { OpenAPILink } from '@orpc/openapi-client/fetch'
import { traverseContractProcedures } from '@orpc/server'
import { createPortDoor } from '../../agent/console/message-port.ts'
import type { CallRules, Scope } from '../../shared/contract/base.ts'
import { contract } from '../../shared/contract/index.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

export interface Call {
  /** `jobs.list` */
  readonly name: string
  readonly path: readonly string[]
  readonly rules: CallRules
  readonly method: string
  readonly route: string
}

/** Every call of the contract. */
export const calls: readonly Call[] = callsOfContract()

function callsOfContract(): Call[] {
  const found: Call[] = []
  traverseContractProcedures({ router: contract, path: [] }, ({ path, contract: procedure }) => {
    // Every call of ours carries the rules that shared/contract/base.ts gives it; the library types them loosely.
    const { meta: rules, route } = procedure['~orpc'] as { meta: CallRules; route: { method?: string; path?: string } }
    found.push({ name: path.join('.'), path, rules, method: route.method ?? '', route: route.path ?? '' })
  })
  return found
}

/** Makes any call; a stream answers with its first event. */
export type Caller = (call: Call, input: unknown) => Promise<unknown>

export interface Door {
  readonly name: string
  /** Dates arrive as Dates; over REST they are text. */
  readonly hasDates: boolean
  readonly caller: (scope: Scope, organizationId: string | null) => Promise<Caller>
}

export interface OpenDoors {
  readonly server: TestServer
  readonly doors: readonly Door[]
  stop(): Promise<void>
}

/** The names of the doors, before they are open: tests are declared by them. */
export const doorNames = ['a MessagePort', '/rpc', 'REST'] as const

export async function openDoors(options?: Parameters<typeof startTestServer>[1]): Promise<OpenDoors> {
  const server = await startTestServer({ limits: { token: 100_000, address: 100_000 } }, options)
  const channels: MessageChannel[] = []
  const portDoor = createPortDoor({ isReadOnly: false })
  const doors: Door[] = [
    {
      name: doorNames[0],
      hasDates: true,
      caller: async (scope, organizationId) => {
        const channel = new MessageChannel()
        channels.push(channel)
        const identity = { operator: `${scope} token`, door: 'console', scope, organizationId } as const
        portDoor.upgrade(channel.port1, identity, () => server.console.services)
        channel.port1.start()
        const client = createORPCClient(new PortLink({ port: channel.port2 }))
        channel.port2.start()
        return callerOf(client)
      },
    },
    {
      name: doorNames[1],
      hasDates: true,
      caller: async (scope, organizationId) =>
        callerOf(server.client({ authorization: `Bearer ${await server.token(scope, organizationId)}` })),
    },
    {
      name: doorNames[2],
      hasDates: false,
      caller: async (scope, organizationId) => {
        const headers = { authorization: `Bearer ${await server.token(scope, organizationId)}` }
        return callerOf(createORPCClient(new OpenAPILink(contract, { url: `${server.url}/api`, headers })))
      },
    },
  ]
  return {
    server,
    doors,
    stop: async () => {
      for (const { port1, port2 } of channels) {
        port1.close()
        port2.close()
      }
      await server.stop()
    },
  }
}

/** Makes calls by their names. */
export function callerOf(client: unknown): Caller {
  return async (call, input) => {
    let target: unknown = client
    // A client is a tree of functions by the names of the contract; its types cannot be followed by a name that is data.
    for (const part of call.path) target = (target as Record<string, unknown>)[part]
    const answer: unknown = await (target as (input: unknown) => Promise<unknown>)(input)
    if (!isStream(answer)) return answer
    const { value } = await answer.next()
    await answer.return?.(undefined)
    return value
  }
}

function isStream(answer: unknown): answer is AsyncIterator<unknown, unknown, undefined> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer
}

/** What a caller sees of an error. */
export interface SeenError {
  readonly code: unknown
  readonly status: unknown
  readonly message: unknown
  readonly data: unknown
}

/** The error that the call must end in. */
export async function errorOf(work: Promise<unknown>): Promise<SeenError> {
  const error: unknown = await work.then(
    (answer) => ({ message: `It was expected to fail, and answered ${JSON.stringify(answer)?.slice(0, 300)}` }),
    (thrown: unknown) => thrown,
  )
  const { code, status, message, data } = error as Partial<SeenError>
  return { code, status, message, data }
}
