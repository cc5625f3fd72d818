/**
 * Whether an agent with this data folder answers: exit code 0 or 1. Run by itself in the container (deploy/Dockerfile), where nothing of ours
 * is but the bundle. Asks where the agent said that it listens, whatever its port, and trusts its certificate, which is for another name.
 * argv: data folder.
 */
import { readdir, readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'

const answerMs = 4_000

/** Of all that said so: one that was killed has left its word behind. */
async function announced(dataFolder: string): Promise<string[]> {
  const folder = join(dataFolder, 'console', 'agents')
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFile(join(folder, name), 'utf8').catch(() => '{}')),
  )
  // Written by agent/server/console-folder.ts.
  return texts.flatMap((text) => (JSON.parse(text) as { localUrl?: string }).localUrl ?? [])
}

function answers(address: string): Promise<boolean> {
  const url = new URL('/healthz', address)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const options = { headers: { host: `localhost:${url.port}` }, rejectUnauthorized: false, timeout: answerMs }
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (answer) => {
    answer.resume()
    resolve(answer.statusCode === 200)
  })
  request.on('timeout', () => request.destroy(new Error('no answer')))
  request.on('error', () => resolve(false))
  request.end()
  return promise
}

const addresses = await announced(process.argv[2] ?? '')
const found = await Promise.all(addresses.map(answers))
process.exit(found.includes(true) ? 0 : 1)
