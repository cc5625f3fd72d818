import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import { RPCLink as PortLink, type SupportedMessagePort } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../shared/contract/index.ts'
import { KeptAnswers, noteKept } from './kept.ts'

/** Everything the contract names, whichever door it goes through; nothing behind this file knows which. */
export type Client = ContractRouterClient<Contract>

/** A way to an agent. */
export interface Door {
  readonly client: Client
  /** Which of its answers are older ones. */
  readonly kept: KeptAnswers
}

/** Over HTTP, to the agent that served this page. The browser sends the session's cookie by itself. */
export function httpDoor(origin: string): Door {
  const kept = new KeptAnswers()
  return { client: createORPCClient(new RPCLink({ url: `${origin}/rpc`, ...noteKept(kept) })), kept }
}

/** Over a MessagePort, to the agent in the main process of the desktop. */
export function portDoor(port: SupportedMessagePort): Door {
  const kept = new KeptAnswers()
  return { client: createORPCClient(new PortLink({ port, ...noteKept(kept) })), kept }
}
