import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../shared/errors.ts'
import { isGuarded, pathOf } from './requests.ts'

/** A year: a file of the console's build has its content in its name. */
const hashedForMs = 365 * 24 * 3_600_000

/**
 * The console's own files, from the folder of its build. Its pages have addresses of their own, so that every path which is no file
 * and no door answers with index.html, and the page finds out what to show.
 */
export async function consoleFiles(app: FastifyInstance, folder: string): Promise<void> {
  const isBuilt = existsSync(join(folder, 'index.html'))
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: folder,
      index: false,
      cacheControl: false,
      dotfiles: 'ignore',
      // Packed when they were built (scripts/compress-files.ts).
      preCompressed: true,
      setHeaders: (reply, path) => {
        const isHashed = path.startsWith(join(folder, 'assets'))
        reply.header('cache-control', isHashed ? `public, max-age=${hashedForMs / 1_000}, immutable` : 'no-cache')
      },
    })
    app.get('/', (_request, reply) => reply.sendFile('index.html'))
  }
  app.setNotFoundHandler(async (request, reply) => {
    if (!isPage(request)) throw nothingHere(request)
    return isBuilt ? reply.sendFile('index.html') : sendHowToBuild(reply)
  })
}

function isPage(request: FastifyRequest): boolean {
  const path = pathOf(request)
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  if (isGuarded(path) || path === '/api' || path === '/rpc' || path === '/healthz' || path === '/readyz') return false
  // Names of datasets may hold dots; files of the console lie in assets/, or in the root with an extension.
  return !/^\/(assets\/|[^/]*\.[^/]*$)/.test(path)
}

function sendHowToBuild(reply: FastifyReply): FastifyReply {
  return reply.code(503).type('text/html; charset=utf-8').send(howToBuild)
}

const howToBuild = `<!doctype html>
<html lang="en">
<title>Pipeline Manager</title>
<h1>The console is not built yet</h1>
<p>The agent runs, and its HTTP API works. To see the console here, run <code>npm run build</code> in the folder of the program and
start the agent again.</p>
</html>
`

function nothingHere(request: FastifyRequest): Problem {
  return new Problem('not_found', `There is nothing at ${pathOf(request)}.`, { field: 'path', value: pathOf(request) })
}
