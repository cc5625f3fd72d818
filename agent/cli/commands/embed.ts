import { bannerMinutes } from '../../../shared/contract/embed.ts'
import { Problem } from '../../../shared/errors.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { openConsoleKey } from '../../server/console-folder.ts'
import { bannerAddress } from '../../server/embed/banner-address.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import { listAgents } from '../../store/agent-list.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed } from '../lookup.ts'
import { servingAgent } from '../serving-agent.ts'
import { withSession } from '../session.ts'

const minutesPerHour = 60
const mostHours = bannerMinutes.most / minutesPerHour

/** `pm embed <page> --brand <name>`: the address of a banner for a page of another program, and the lines that put it there. */
export async function showEmbed(
  context: CliContext,
  page: string,
  flags: GlobalFlags & { brand: string; hours?: string; agent?: string },
): Promise<void> {
  const minutes = minutesOf(flags.hours)
  await withSession(context, flags, 'read', async ({ database, catalog, settings, print }) => {
    const { pages } = knownCatalog(catalog, await listAgents(database, settings.leaseSeconds))
    if (!pages.has(page)) {
      const fix = didYouMean(page, pages.keys())
      throw new Problem('not_found', `There is no page "${page}".`, { field: 'page', value: page, fix })
    }
    const brand = await brandNamed(database, flags.brand)
    const agent = await servingAgent(settings.dataDirectory, flags.agent)
    const { bytes } = await openConsoleKey(settings.dataDirectory)
    const { path, expiresAt } = bannerAddress(bytes, context.clock, { page, brandId: brand.id, minutes })
    const root = settings.publicHost === null ? agent.url : `https://${settings.publicHost}`
    const url = `${root}${path}`
    print.answer({ url, expiresAt, html: frameOf(url), embedOrigins: settings.embedOrigins }, () => {
      print.line(frameOf(url))
      print.note(
        `It works until ${expiresAt.toISOString()}. Programs make their own: POST /api/brands/{id}/pages/{page}/banner`,
      )
      if (settings.embedOrigins === null) {
        print.note(
          'No other site may show it yet: set embed_origins on the agent, for example https://reports.example.com',
        )
      }
    })
  })
}

function frameOf(url: string): string {
  return `<iframe src="${url.replaceAll('&', '&amp;')}" title="Readiness of the data" style="width:100%;height:48px;border:0"></iframe>`
}

function minutesOf(text: string | undefined): number {
  if (text === undefined) return bannerMinutes.usual
  const hours = Number(text)
  if (Number.isInteger(hours) && hours >= 1 && hours <= mostHours) return hours * minutesPerHour
  throw new Problem('invalid_input', `"${text}" is no number of hours for a banner.`, {
    field: '--hours',
    value: text,
    fix: `Use 1 to ${mostHours}.`,
  })
}
