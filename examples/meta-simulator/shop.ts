import type { ServerResponse } from 'node:http'

/** The shop that the ads lead to: `/shop/<account>/<product>`, the same every time, and what robots may read of it. */
export function serveShop(path: string, response: ServerResponse): void {
  if (path === '/robots.txt') {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('User-agent: *\nDisallow: /shop/private/\n')
    return
  }
  const [, account, product] = /^\/shop\/(\d+)\/(\d+)$/.exec(path) ?? []
  if (account === undefined || product === undefined) {
    response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end('<title>Not found</title>')
    return
  }
  const title = `Product ${product} of shop ${account}`
  const page = `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1><p>In stock.</p></body></html>`
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
}
