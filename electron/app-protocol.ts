import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { contentPolicyText } from '../agent/server/content-policy.ts'
import { isOwnAddress } from './app-origin.ts'

/** Before the app is ready: the scheme is a proper origin, with storage and fetch, and no way around the content policy. */
export const appSchemePrivileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true } as const

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

const headers = {
  'content-security-policy': contentPolicyText(),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/**
 * Answers what the window asks for with the files of the built console, and nothing else of the disk. Paths without a file of their own
 * are places inside the console, which answers them with its one page.
 */
export function appProtocolHandler(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isOwnAddress(request.url) || (request.method !== 'GET' && request.method !== 'HEAD')) return refusal(400)
    const path = decodedPath(request.url)
    if (path === null) return refusal(400)
    const file = fileFor(folder, path)
    if (file === null) return refusal(404)
    try {
      const body = await readFile(file)
      const type = contentTypes[extname(file)] ?? 'application/octet-stream'
      return new Response(request.method === 'HEAD' ? null : body, { headers: { ...headers, 'content-type': type } })
    } catch {
      return refusal(404)
    }
  }
}

/** Null for what cannot be decoded, or holds what no path of ours does. */
function decodedPath(address: string): string | null {
  try {
    const path = decodeURIComponent(new URL(address).pathname)
    return path.includes('\0') || path.includes('\\') ? null : path
  } catch {
    return null
  }
}

/** Null when it would lie outside. Parsing has resolved plain dots already; encoded ones come this far. */
function fileFor(folder: string, path: string): string | null {
  // Names of datasets may hold dots; files of the console lie in assets/, or in the root with an extension.
  const isFile = /^\/(assets\/.+|[^/]+\.[^/]+)$/.test(path)
  const file = normalize(join(folder, isFile ? path : 'index.html'))
  return file.startsWith(folder + sep) ? file : null
}

function refusal(status: 400 | 404): Response {
  return new Response(null, { status, headers })
}
