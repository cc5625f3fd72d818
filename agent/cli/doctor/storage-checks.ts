import { formatAge } from '../../../shared/duration.ts'
import { formatBytes } from '../../../shared/storage.ts'
import type { Storage } from '../../connectors/storage/storage.ts'
import { readStorage, type StorageReport, sizeOfFiles } from '../../housekeeping/storage-report.ts'
import { settingDefinitions } from '../../settings/definitions.ts'
import { listAgents } from '../../store/agent-list.ts'
import type { Database } from '../../store/database.ts'
import { databaseNow } from '../../store/database-clock.ts'
import type { KeepDays } from '../../store/housekeeping/sweeps.ts'
import { type Finding, listed, ok, warning } from './finding.ts'

/** How large the tables are and will be, who leads, and whether what is too old is removed. `keep`: as this configuration says. */
export async function checkStorage(database: Database, keep: KeepDays, aliveSeconds: number): Promise<Finding[]> {
  const [report, agents, now] = await Promise.all([
    readStorage(database),
    listAgents(database, aliveSeconds),
    databaseNow(database),
  ])
  const settled = agents.some(({ alive, startedAt }) => alive && now.getTime() - startedAt.getTime() > settleMs)
  return [sizeFinding(report), ...leaderFindings(report, settled, now), ...sweepFindings(report, keep, settled, now)]
}

/** What the data folder of this device keeps beside the database; nothing to say of none, and a folder that cannot be read is told of by itself. */
export async function checkFiles(storage: Storage): Promise<Finding[]> {
  const { count, bytes } = (await sizeOfFiles(storage)) ?? { count: 0, bytes: 0 }
  if (count === 0) return []
  const what = `${formatBytes(bytes)} in ${count.toLocaleString('en-US')} images and videos of ads`
  return [ok('files', `The data folder keeps ${what}; those that nothing names are removed once a day.`)]
}

/** By then an agent that is alone leads and has swept. */
const settleMs = 600_000

function sizeFinding({ bytes, bytesIn90Days, tables }: StorageReport): Finding {
  const largest = tables.toSorted((one, other) => other.bytes - one.bytes).slice(0, 3)
  const parts = largest.map((table) => `${table.label.toLowerCase()} ${formatBytes(table.bytes)}`)
  const future =
    bytesIn90Days === null
      ? 'how fast they grow is known once an agent has watched them for an hour'
      : `${formatBytes(bytesIn90Days)} in 90 days at this pace`
  return ok('storage', `The tables take ${formatBytes(bytes)} (${listed(parts)}); ${future}.`)
}

function leaderFindings({ leader }: StorageReport, isSettled: boolean, now: Date): Finding[] {
  if (leader !== null) {
    return [ok('leader', `${leader.agentName ?? 'An agent'} leads the others, since ${formatAge(leader.since, now)}.`)]
  }
  if (!isSettled) return []
  const fix = 'Look into the logs of the agents for who cannot reach the database; restart one of them.'
  return [warning('leader', 'Agents run, but none of them leads: nothing is evaluated, told or swept.', fix)]
}

const dayMs = 86_400_000

function sweepFindings({ sweeps, keepDays }: StorageReport, keep: KeepDays, isSettled: boolean, now: Date): Finding[] {
  const [last] = sweeps
  if (last === undefined || keepDays === null) return []
  const age = formatAge(last.startedAt, now)
  const late = isSettled && now.getTime() - last.startedAt.getTime() > dayMs
  const findings = [
    late
      ? warning(
          'housekeeping',
          `What is too old was last removed ${age}.`,
          'Look into the log of the agent that leads.',
        )
      : ok('housekeeping', `What is too old was last looked for ${age}.`),
  ]
  if (last.state === 'failed') {
    const reason = last.failure?.split('\n')[0]?.slice(0, 500) ?? 'The reason is not known.'
    findings.push(warning('housekeeping', reason, 'Put right what is named; it is tried again every hour.'))
  }
  const other = ages.filter(([age]) => keepDays[age] !== keep[age])
  if (other.length > 0) {
    const words = other.map(([age, name]) => `${name} is ${keepDays[age]} there and ${keep[age]} here`)
    const message = `The agent that leads has other ages than this configuration: ${listed(words)}.`
    findings.push(warning('housekeeping', message, 'Give all agents of a database the same ages.'))
  }
  return findings
}

const ages = [
  ['logs', settingDefinitions.keepLogDays.name],
  ['successfulRuns', settingDefinitions.keepSuccessfulRunDays.name],
  ['failedRuns', settingDefinitions.keepFailedRunDays.name],
  ['history', settingDefinitions.keepHistoryDays.name],
  ['incidents', settingDefinitions.keepIncidentDays.name],
] as const satisfies readonly (readonly [keyof KeepDays, string])[]
