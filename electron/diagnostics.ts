import { redactUrl } from '../agent/config.ts'
import type { DesktopStatus } from '../shared/desktop/contract.ts'

export interface DiagnosticsFacts {
  readonly status: DesktopStatus
  /** With its password; what stands in the text has none. Null = embedded. */
  readonly databaseUrl: string | null
  /** State and reason of the way to the database; null without an agent. */
  readonly database: { readonly state: string; readonly reason: string | null } | null
  /** Lines of the log, the newest last. */
  readonly log: readonly string[]
  /** By which secrets are masked, once more. */
  readonly mask: (text: string) => string
}

/** What helps to understand a problem, as text that may be sent to anybody. */
export function diagnosticsText({ status, databaseUrl, database, log, mask }: DiagnosticsFacts): string {
  const { versions, platform, settings, agent, problem, notices, hasTray, protection, power, notificationFailure } =
    status
  const lines = [
    `Pipeline Manager ${versions.program} on ${platform}`,
    `Electron ${versions.electron}, Chromium ${versions.chrome}, Node ${versions.node}`,
    `Agent: ${agent}${problem === null ? '' : `: ${problem.message}`}`,
    `Database: ${databaseUrl === null ? settings.database : redactUrl(databaseUrl)}`,
    ...(database === null
      ? []
      : [`Way to it: ${database.state}${database.reason === null ? '' : `: ${database.reason}`}`]),
    `Work: ${settings.work}, ${settings.concurrency} at once${settings.onlyOnMains ? ', on mains power only' : ''}; power: ${power}`,
    `Job types: ${settings.jobTypes === null ? 'all' : settings.jobTypes.join(', ')}`,
    `Tray: ${hasTray ? 'yes' : 'none seen'}; secrets: ${protection}; notifications: ${notificationFailure ?? 'no failure'}`,
    ...notices.map((notice) => `Notice: ${notice}`),
    '',
    `Last ${log.length} lines of the log:`,
    ...log,
  ]
  return mask(lines.join('\n'))
}
