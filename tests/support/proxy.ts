import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { withoutNotifications } from './postgres-messages.ts'

export interface Proxy extends AsyncDisposable {
  /** The given URL with this proxy as its server. */
  through(url: string): string
  /** Connections that were asked for so far, also those that were refused. */
  readonly connections: number
  /** Breaks every open connection; new ones work. */
  cut(): void
  /** Breaks every open connection and refuses new ones until `restore`. */
  refuse(): void
  /** From now on nothing passes in either direction, and nobody is told: half-open connections. New ones hang too. */
  blackhole(): void
  /** From now on every answer comes so much later, ms. */
  delay(ms: number): void
  /** From now on answers come in pieces of at most so many bytes. */
  slice(bytes: number): void
  /** Breaks every open connection now, and again and again until `restore`. */
  flap(everyMs: number): void
  /** From now on no notification arrives: a pooler that takes a LISTEN and forgets it. */
  deafen(): void
  /**
   * Lets one answer get lost: the connection breaks instead, after the server has done its work. The first one that has
   * `text` in it, or in its question.
   */
  loseAnswer(text: string): Promise<void>
  /** Everything passes again, at once. What was swallowed stays swallowed. */
  restore(): void
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  swallow: boolean
  doomed: boolean
}

interface Faults {
  mode: 'pass' | 'refuse' | 'blackhole'
  delayMs: number
  sliceBytes: number | null
  isDeaf: boolean
  lost: { readonly text: string; readonly done: () => void } | null
}

export interface ProxyOptions {
  /** Greets every client with a process id of its own, as poolers do: their clients share the server's sessions. */
  readonly greetsAsPooler?: boolean
}

/** A TCP proxy in front of a database, for the faults that only a network has. */
export async function startProxy(target: string, { greetsAsPooler = false }: ProxyOptions = {}): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const pairs = new Set<Pair>()
  const faults: Faults = { mode: 'pass', delayMs: 0, sliceBytes: null, isDeaf: false, lost: null }
  let connections = 0
  let flapping: NodeJS.Timeout | null = null

  // Half-open on purpose: a black hole does not answer a goodbye either.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    connections += 1
    if (faults.mode === 'refuse') {
      client.destroy()
      return
    }
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    const pair = { client, server: upstream, swallow: faults.mode === 'blackhole', doomed: false }
    pairs.add(pair)
    join(pair, { faults, greetsAsPooler }, () => breakOff(pair))
  })
  const breakOff = (pair: Pair): void => {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }
  const cut = (): void => pairs.forEach(breakOff)
  const calm = (): void => {
    if (flapping !== null) clearInterval(flapping)
    flapping = null
  }
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
    get connections() {
      return connections
    },
    cut,
    refuse: () => {
      faults.mode = 'refuse'
      cut()
    },
    blackhole: () => {
      faults.mode = 'blackhole'
      for (const pair of pairs) pair.swallow = true
    },
    delay: (ms) => (faults.delayMs = ms),
    slice: (bytes) => (faults.sliceBytes = bytes),
    flap: (everyMs) => {
      calm()
      cut()
      flapping = setInterval(cut, everyMs)
    },
    deafen: () => (faults.isDeaf = true),
    loseAnswer: (text) => new Promise((done) => (faults.lost = { text, done })),
    restore: () => {
      calm()
      Object.assign(faults, { mode: 'pass', delayMs: 0, sliceBytes: null, isDeaf: false })
    },
    [Symbol.asyncDispose]: () => {
      calm()
      return close(server, cut)
    },
  }
}

/** Passes on what either says, with whatever faults there are at that moment. */
function join(
  pair: Pair,
  { faults, greetsAsPooler }: { faults: Faults; greetsAsPooler: boolean },
  breakOff: () => void,
): void {
  const { client, server } = pair
  const filter = withoutNotifications(() => faults.isDeaf)
  const answer = answers(client, faults)
  client.on('data', (bytes) => {
    if (pair.swallow) return
    if (faults.lost !== null && bytes.includes(faults.lost.text)) pair.doomed = true
    server.write(bytes)
  })
  server.on('data', (bytes: Buffer) => {
    if (pair.swallow) return
    if (greetsAsPooler) changeProcessId(bytes)
    if (faults.lost !== null && bytes.includes(faults.lost.text)) pair.doomed = true
    if (!pair.doomed) {
      answer(filter(bytes))
      return
    }
    // "ReadyForQuery" ends an answer: by then the server has committed.
    if (!isReady(bytes)) return
    faults.lost?.done()
    faults.lost = null
    breakOff()
  })
  for (const socket of [client, server]) {
    socket.on('error', breakOff)
    socket.on('end', () => !pair.swallow && breakOff())
    socket.on('close', () => !pair.swallow && breakOff())
  }
}

/** Writes answers in their order, late and in pieces where that is the fault of the hour. */
function answers(client: Socket, faults: Faults): (bytes: Buffer) => void {
  const waiting: Buffer[] = []
  const writeNext = (): void => {
    const bytes = waiting.shift()
    if (bytes === undefined || client.destroyed) return
    const size = faults.sliceBytes ?? Math.max(bytes.length, 1)
    for (let at = 0; at < bytes.length; at += size) client.write(bytes.subarray(at, at + size))
  }
  return (bytes) => {
    waiting.push(bytes)
    // Whatever the delay was when an answer came, the first one in the queue goes first.
    if (faults.delayMs === 0) while (waiting.length > 0) writeNext()
    else setTimeout(writeNext, faults.delayMs).unref()
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
