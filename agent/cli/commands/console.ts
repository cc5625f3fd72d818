import { openConsoleKey } from '../../server/console-folder.ts'
import { consoleLink, linkMinutes } from '../../server/console-link.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { servingAgent } from '../serving-agent.ts'
import { configured } from '../session.ts'

/** `pm console`: a link that signs this person in at the agent that runs with this data folder. */
export async function showConsoleLink(context: CliContext, flags: GlobalFlags & { agent?: string }): Promise<void> {
  const { print, settings } = configured(context, flags)
  const agent = await servingAgent(settings.dataDirectory, flags.agent)
  const { bytes } = await openConsoleKey(settings.dataDirectory)
  const link = consoleLink(bytes, context.clock, { ...agent, operator: context.operator })
  print.answer({ link, url: agent.url, agentName: agent.agentName, minutes: linkMinutes }, () => {
    print.line(link)
    print.note(`It signs you in as ${context.operator}, once, within ${linkMinutes} minutes.`)
  })
}
