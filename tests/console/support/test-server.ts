/** One PostgreSQL for a whole run of the browser tests; workers make their own databases on it. */
import pg from 'pg'
import { openEmbedded } from '../../../agent/store/embedded/open-embedded.ts'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** The variable that hands the server's URL to the workers, which are processes of their own. */
export const serverVariable = 'PIPELINE_MANAGER_TEST_SERVER'

/** A database as an agent would make it: copied in a tenth of the time that making it takes, and a worker needs one after each failure. */
export const templateName = 'console_template'

export default async function setup(): Promise<() => Promise<void>> {
  const folder = await temporaryFolder('pipeline-manager-test-')
  const server = await openEmbedded({
    dataDirectory: folder.path,
    clock: systemClock,
    onLog: () => undefined,
    durability: 'none',
  })
  process.env[serverVariable] = server.url
  await makeTemplate(server.url)
  return async () => {
    await server.close()
    await folder.remove()
  }
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(`create database ${templateName} template template0`)
  } finally {
    await client.end()
  }
  const url = new URL(serverUrl)
  url.pathname = `/${templateName}`
  await migrate(url.href, { directory: 'migrations', clock: systemClock })
}
