import type { Settings } from '../settings/definitions.ts'
import { servingAgent } from './serving-agent.ts'

/** Where other programs call: the name that other machines know, else the agent of this data folder wherever it listens, or will. */
export async function agentAddress({ publicHost, dataDirectory, port }: Settings): Promise<string> {
  if (publicHost !== null) return `https://${publicHost}`
  const serving = await servingAgent(dataDirectory, undefined).catch(() => null)
  return serving?.url ?? `http://127.0.0.1:${port}`
}
