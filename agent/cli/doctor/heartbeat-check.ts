import { describeError } from '../../../shared/errors.ts'
import { beat } from '../../application/dead-man-heartbeat.ts'
import type { Catalog } from '../../jobs/catalog/catalog.ts'
import type { Settings } from '../../settings/definitions.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Sends one, as the agent does; none where no address is set. */
export async function checkHeartbeat(
  { heartbeatUrl: url, heartbeatMinutes }: Pick<Settings, 'heartbeatUrl' | 'heartbeatMinutes'>,
  { httpAllowHosts: allowHosts }: Pick<Catalog, 'httpAllowHosts'>,
): Promise<Finding[]> {
  if (url === null) return []
  const { host } = new URL(url)
  try {
    await beat({ url, allowHosts })
    return [ok('heartbeat', `${host} has heard a heartbeat; an agent sends one every ${heartbeatMinutes} min.`)]
  } catch (error) {
    const message = `No heartbeat is heard: ${describeError(error)}.`
    return [warning('heartbeat', message, `Check heartbeat_url, and that http.allow_hosts has "${host}".`)]
  }
}
