import { agentFile } from '../../application/agent-identity.ts'
import { offlineFolder } from '../../application/offline.ts'
import { examineStore, type StoreExamination } from '../../offline/examine.ts'
import { offlineSubjects } from '../../offline/subjects.ts'
import type { Settings } from '../../settings/definitions.ts'
import { livingNames } from '../../store/embedded/presence.ts'
import { type Finding, ok, warning } from './finding.ts'

const check = 'store on this device'

/** Where the agent of these settings keeps what the database could not be told, how large that is, and in what state. */
export async function checkOfflineStore(settings: Pick<Settings, 'dataDirectory' | 'agentName'>): Promise<Finding> {
  const lock = agentFile(settings.dataDirectory, settings.agentName, 'lock')
  // A folder that cannot be read is found by the check of the disk.
  const living = await livingNames(lock).catch(() => [])
  const found = await examineStore(offlineFolder(settings), offlineSubjects, living.length > 0)
  return findings[found.condition](found)
}

const findings: { readonly [Condition in StoreExamination['condition']]: (found: StoreExamination) => Finding } = {
  absent: ({ file }) => ok(check, `Nothing is kept on this device yet (${file}).`),
  in_use: (found) => ok(check, `${sized(found)}, in use by the running agent, which says more at /readyz.`),
  left_open: (found) =>
    ok(check, `${sized(found)}, not closed by the agent that used it last; the next start reads it.`),
  sound: (found) => soundFinding(found),
  emptied: ({ file }) =>
    warning(check, `${file} is missing or empty, though it was made once.`, 'Start the agent: it begins a new one.'),
  damaged: ({ file, reason }) =>
    warning(
      check,
      `${file} is damaged${reason === null ? '' : ` (${reason.replaceAll(/\s+/g, ' ')})`}.`,
      'Start the agent: it sets the file aside, takes over what can be read and begins a new one.',
    ),
  newer: ({ file }) =>
    warning(
      check,
      `${file} was written by a newer version of this program; an agent of this version works without it.`,
      'Install the newer version again, or remove the file if nothing in it is wanted.',
    ),
  unusable: ({ file, reason }) =>
    warning(check, `${file} cannot be used: ${reason ?? 'unknown'}.`, 'Make it readable and writable for the agent.'),
}

function soundFinding(found: StoreExamination): Finding {
  const { waitingResults } = found
  if (waitingResults === null || waitingResults === 0) return ok(check, `${sized(found)}; nothing waits in it.`)
  const what = waitingResults === 1 ? '1 result waits' : `${waitingResults} results wait`
  const fix =
    'Start the agent of this name: it delivers them as soon as the database answers, and says at /readyz which are kept for another one, and until when.'
  return warning(check, `${sized(found)}; ${what} in it for the database.`, fix)
}

function sized({ file, bytes }: StoreExamination): string {
  return `${file}, ${Math.ceil(bytes / 1024).toLocaleString('en-US')} kB`
}
