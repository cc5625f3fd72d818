/**
 * An agent that tells what is told on the channel `pager`, in a process of its own, for tests that kill it. argv: the database and the
 * address of the webhook. Says `ready` on stdout.
 */
import { openWebhook } from '../../agent/incidents/channels/webhook.ts'
import { testPlace } from './messages.ts'
import { startTestNotifier } from './notifier.ts'

const [url = '', host = ''] = process.argv.slice(2)
const environment = { PAGER_URL: `http://${host}/`, PAGER_SECRET: 'a secret that is long enough' }
const { place } = testPlace(environment, { httpAllowHosts: [host] })
const pager = openWebhook({ webhook: { url_env: 'PAGER_URL', secret_env: 'PAGER_SECRET' } }, place)
await startTestNotifier({ url, name: 'killed', channels: { pager } })
process.stdout.write('ready\n')
