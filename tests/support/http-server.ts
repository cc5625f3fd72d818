import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface TestServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string
  readonly port: number
  readonly seen: SeenRequest[]
}

/** A real server on loopback; `answer` is called once the request's body is read. */
export async function startServer(answer: RequestListener): Promise<TestServer> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    void readRequest(request, seen).then(() => answer(request, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // An AddressInfo, since the server listens on a port.
  const { port } = server.address() as AddressInfo
  return { host: `127.0.0.1:${port}`, port, seen, [Symbol.asyncDispose]: () => close(server) }
}

async function readRequest(request: IncomingMessage, seen: SeenRequest[]): Promise<void> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
