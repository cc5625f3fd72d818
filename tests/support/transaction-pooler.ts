import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import pg from 'pg'
import { messageOf, typeOf, wholeMessages } from './postgres-messages.ts'

export interface TransactionPooler extends AsyncDisposable {
  /** The given URL with this pooler as its server. */
  through(url: string): string
}

/**
 * As PgBouncer in transaction mode: whoever asks gets a session at the server until its transaction is over, with whatever the one before has
 * set there; of several, the next in turn, as on a busy server. It greets with a process number of its own, asks for no password, and refuses start-up parameters that
 * PgBouncer does not know.
 */
export async function startTransactionPooler(target: string, sessionCount = 1): Promise<TransactionPooler> {
  const sessions = await Promise.all(Array.from({ length: sessionCount }, () => openSession(target)))
  let turn = 0
  const ask = (socket: Socket, message: Buffer): void => {
    const session = sessions.find(({ has }) => has(socket)) ?? sessions[turn++ % sessions.length]
    session?.ask(socket, message)
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    socket.once('data', (start: Buffer) => {
      const unknown = parametersOf(start).find((name) => !known.has(name))
      if (unknown === undefined) serve(socket, ask)
      else socket.end(refusal(`unsupported startup parameter: ${unknown}`))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    through: (url) => {
      const changed = new URL(url)
      changed.host = `127.0.0.1:${port}`
      return changed.href
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      for (const session of sessions) session.end()
      await once(server, 'close')
    },
  }
}

function serve(socket: Socket, ask: (socket: Socket, message: Buffer) => void): void {
  socket.write(Buffer.concat(greeting))
  const whole = wholeMessages()
  socket.on('data', (bytes: Buffer) => {
    for (const message of whole(bytes)) ask(socket, message)
  })
}

/** A session: its answers go to whoever has it, and the next one gets it when no transaction is open. */
async function openSession(target: string) {
  const client = new pg.Client({ connectionString: target })
  // It ends without a goodbye.
  client.on('error', () => undefined)
  await client.connect()
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.removeAllListeners('data')
  const waiting = new Map<Socket, Buffer[]>()
  let holder: Socket | null = null
  const giveToNext = (): void => {
    const [next] = waiting
    holder = next?.[0] ?? null
    if (!next) return
    waiting.delete(next[0])
    stream.write(Buffer.concat(next[1]))
  }
  const whole = wholeMessages()
  stream.on('data', (bytes: Buffer) => {
    for (const message of whole(bytes)) {
      holder?.write(message)
      if (typeOf(message) === 'Z' && message.toString('latin1', 5) === 'I') giveToNext()
    }
  })
  return {
    has: (socket: Socket): boolean => holder === socket || waiting.has(socket),
    ask: (socket: Socket, message: Buffer): void => {
      if (typeOf(message) === 'X') socket.end()
      else if (holder === socket) stream.write(message)
      else waiting.set(socket, [...(waiting.get(socket) ?? []), message])
      if (holder === null) giveToNext()
    },
    end: (): void => void stream.destroy(),
  }
}

/** Those that PgBouncer takes, as installed. */
const known = new Set(['user', 'database', 'application_name', 'client_encoding'])

/** Names in a start-up message: after its length and version, names and values in turn. */
function parametersOf(start: Buffer): string[] {
  return start
    .toString('latin1', 8)
    .split('\0')
    .filter((word, index) => index % 2 === 0 && word !== '')
}

function refusal(message: string): Buffer {
  return messageOf('E', Buffer.from(`SFATAL\0C08P01\0M${message}\0\0`))
}

const greeting = [
  messageOf('R', Buffer.alloc(4)),
  messageOf('K', Buffer.from([0, 0, 0, 7, 0, 0, 0, 9])),
  messageOf('Z', Buffer.from('I')),
]
