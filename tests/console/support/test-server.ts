/** One PostgreSQL for a whole run of the browser tests; workers make their own databases on it. */
import { openEmbedded } from '../../../agent/store/embedded/open-embedded.ts'
import { systemClock } from '../../../shared/clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** The variable that hands the server's URL to the workers, which are processes of their own. */
export const serverVariable = 'PIPELINE_MANAGER_TEST_SERVER'

export default async function setup(): Promise<() => Promise<void>> {
  const folder = await temporaryFolder('pipeline-manager-test-')
  const server = await openEmbedded({
    dataDirectory: folder.path,
    clock: systemClock,
    onLog: () => undefined,
    durability: 'none',
  })
  process.env[serverVariable] = server.url
  return async () => {
    await server.close()
    await folder.remove()
  }
}
