import { access } from 'node:fs/promises'
import { Problem } from '../../shared/errors.ts'
import { lastDatabase } from '../server/console-folder.ts'
import type { Settings } from '../settings/definitions.ts'
import { layoutOf } from '../store/embedded/layout.ts'
import { livingAgents } from './serving-agent.ts'

/**
 * A command that is told of no database would begin an embedded one, and answer from it: empty, and not the one the agent works on. Which
 * is told to the agent alone where it runs as a service.
 * @throws Problem `invalid_configuration` where an agent with this data folder works on a Postgres of its own, or the last one did and there
 * is no embedded database here; `not_allowed` when the folder belongs to somebody else.
 */
export async function requireKnownDatabase({
  databaseUrl,
  dataDirectory,
}: Pick<Settings, 'databaseUrl' | 'dataDirectory'>): Promise<void> {
  if (databaseUrl !== null) return
  const living = await livingAgents(dataDirectory).catch((error: unknown) => {
    // A folder that cannot be used at all is told by whoever opens the database there.
    if (error instanceof Problem && error.code === 'unavailable') return []
    throw error
  })
  const elsewhere = living.find(({ database }) => database === 'external')
  if (elsewhere !== undefined && !living.some(({ database }) => database === 'embedded')) {
    throw notNamed(
      `The agent "${elsewhere.agentName}" works on a Postgres of its own, which this command was not told.`,
    )
  }
  if ((await lastDatabase(dataDirectory)) !== 'external' || (await isThere(layoutOf(dataDirectory).data))) return
  throw notNamed(`The last agent with the data folder ${dataDirectory} worked on a Postgres of its own.`)
}

function notNamed(message: string): Problem {
  return new Problem('invalid_configuration', message, {
    field: 'database_url',
    value: null,
    fix: 'Give the URL of that database with PIPELINE_MANAGER_DATABASE_URL or --database-url; or name another folder with --data-dir.',
  })
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
