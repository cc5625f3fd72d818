import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface Proxy extends AsyncDisposable {
  /** The given URL with this proxy as its server. */
  through(url: string): string
  /** Breaks every open connection; new ones work. */
  cut(): void
  /** Breaks every open connection and refuses new ones until `restore`. */
  refuse(): void
  /** From now on nothing passes in either direction, and nobody is told: half-open connections. New ones hang too. */
  blackhole(): void
  /**
   * Lets one answer get lost: the connection breaks instead, after the server has done its work. The first one that has
   * `text` in it, or in its question.
   */
  loseAnswer(text: string): Promise<void>
  /** New connections pass again. What was swallowed stays swallowed. */
  restore(): void
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  swallow: boolean
}

export interface ProxyOptions {
  /** Greets every client with a process id of its own, as poolers do: their clients share the server's sessions. */
  readonly greetsAsPooler?: boolean
}

/** A TCP proxy in front of a database, for the faults that only a network has. */
export async function startProxy(target: string, { greetsAsPooler = false }: ProxyOptions = {}): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const pairs = new Set<Pair>()
  let mode: 'pass' | 'refuse' | 'blackhole' = 'pass'
  let lost: { text: string; done: () => void } | null = null

  // Half-open on purpose: a black hole does not answer a goodbye either.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (mode === 'refuse') {
      client.destroy()
      return
    }
    const pair = {
      client,
      server: connect({ host: hostname, port: Number(port), allowHalfOpen: true }),
      swallow: mode === 'blackhole',
    }
    pairs.add(pair)
    let doomed = false
    client.on('data', (bytes) => {
      if (pair.swallow) return
      if (lost !== null && bytes.includes(lost.text)) doomed = true
      pair.server.write(bytes)
    })
    pair.server.on('data', (bytes) => {
      if (pair.swallow) return
      if (greetsAsPooler) changeProcessId(bytes)
      if (lost !== null && bytes.includes(lost.text)) doomed = true
      if (!doomed) {
        client.write(bytes)
        return
      }
      // "ReadyForQuery" ends an answer: by then the server has committed.
      if (!isReady(bytes)) return
      lost?.done()
      lost = null
      breakOff(pair)
    })
    for (const socket of [client, pair.server]) {
      socket.on('error', () => breakOff(pair))
      socket.on('end', () => !pair.swallow && breakOff(pair))
      socket.on('close', () => !pair.swallow && breakOff(pair))
    }
  })
  const breakOff = (pair: Pair): void => {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }
  const cut = (): void => pairs.forEach(breakOff)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A listening TCP server has an address with a port.
  const address = server.address() as AddressInfo

  return {
    through: (url) => {
      const changed = new URL(url)
      changed.host = `127.0.0.1:${address.port}`
      return changed.href
    },
    cut,
    refuse: () => {
      mode = 'refuse'
      cut()
    },
    blackhole: () => {
      mode = 'blackhole'
      for (const pair of pairs) pair.swallow = true
    },
    loseAnswer: (text) => new Promise((done) => (lost = { text, done })),
    restore: () => (mode = 'pass'),
    [Symbol.asyncDispose]: () => close(server, cut),
  }
}

/** BackendKeyData: K, length 12, process id, secret. It comes once, at the end of the greeting, before ReadyForQuery. */
function changeProcessId(bytes: Buffer): void {
  const start = bytes.length - 19
  const isGreeting = start >= 0 && isReady(bytes) && bytes[start] === 0x4b && bytes.readUInt32BE(start + 1) === 12
  if (isGreeting) bytes.writeUInt32BE(bytes.readUInt32BE(start + 5) ^ 0x1000_0000, start + 5)
}

/** The last message of the bytes is ReadyForQuery: Z, length 5, transaction status. */
function isReady(bytes: Buffer): boolean {
  const end = bytes.length - 6
  return end >= 0 && bytes[end] === 0x5a && bytes.readUInt32BE(end + 1) === 5
}

async function close(server: Server, cut: () => void): Promise<void> {
  cut()
  server.close()
  await once(server, 'close')
}
