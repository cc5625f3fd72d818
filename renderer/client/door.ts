import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import { RPCLink as PortLink, type SupportedMessagePort } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../shared/contract/index.ts'

/** Everything the contract names, whichever door it goes through; nothing behind this file knows which. */
export type Client = ContractRouterClient<Contract>

/** Over HTTP, to the agent that served this page. The browser sends the session's cookie by itself. */
export function httpClient(origin: string): Client {
  return createORPCClient(new RPCLink({ url: `${origin}/rpc` }))
}

/** Over a MessagePort, to the agent in the main process of the desktop. */
export function portClient(port: SupportedMessagePort): Client {
  return createORPCClient(new PortLink({ port }))
}
