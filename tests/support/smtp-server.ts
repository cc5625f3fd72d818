/** A mail server on loopback that keeps what it is given. It knows no more of SMTP than a client of ours says. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface SeenLetter {
  readonly from: string
  readonly to: readonly string[]
  /** Headers by name in lower case, unfolded, as they were sent. */
  readonly headers: ReadonlyMap<string, string>
  /** Everything, as it was sent. */
  readonly source: string
}

export interface SmtpServer extends AsyncDisposable {
  readonly port: number
  readonly letters: SeenLetter[]
  /** Every command in its order. */
  readonly commands: string[]
}

/**
 * @param answer what to say to a command instead of the usual; null = nothing at all, undefined = the usual. The greeting is asked for as
 * `CONNECT`, the end of a letter as `END`.
 */
export async function startSmtpServer(
  answer: (command: string) => string | null | undefined = () => undefined,
): Promise<SmtpServer> {
  const letters: SeenLetter[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    converse(socket, { letters, commands, answer })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // An AddressInfo, since the server listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    port,
    letters,
    commands,
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

const usual: readonly [pattern: RegExp, answer: string][] = [
  [/^CONNECT$/, '220 test ready'],
  [/^EHLO/i, '250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME'],
  [/^STARTTLS/i, '502 not here'],
  [/^AUTH/i, '235 welcome'],
  [/^DATA$/i, '354 go on'],
  [/^END$/, '250 taken as 42'],
  [/^QUIT/i, '221 bye'],
  [/./, '250 ok'],
]

interface Conversation {
  readonly letters: SeenLetter[]
  readonly commands: string[]
  readonly answer: (command: string) => string | null | undefined
}

function converse(socket: Socket, { letters, commands, answer }: Conversation): void {
  let buffered = ''
  let isLetter = false
  let from = ''
  let to: string[] = []
  const say = (command: string): string => {
    const given = answer(command)
    const text = given === undefined ? (usual.find(([pattern]) => pattern.test(command))?.[1] ?? null) : given
    if (text !== null) socket.write(`${text}\r\n`)
    return text ?? ''
  }
  say('CONNECT')
  socket.setEncoding('utf8').on('data', (text: string) => {
    buffered += text
    for (;;) {
      const end = isLetter ? '\r\n.\r\n' : '\r\n'
      const at = buffered.indexOf(end)
      if (at < 0) return
      const part = buffered.slice(0, at)
      buffered = buffered.slice(at + end.length)
      if (isLetter) {
        isLetter = false
        letters.push({ from, to, headers: headersOf(part), source: part })
        say('END')
        continue
      }
      commands.push(part)
      if (/^MAIL FROM/i.test(part)) [from, to] = [addressOf(part), []]
      if (/^RCPT TO/i.test(part)) to = [...to, addressOf(part)]
      isLetter = say(part).startsWith('354')
    }
  })
}

function addressOf(command: string): string {
  return /<([^>]*)>/.exec(command)?.[1] ?? ''
}

function headersOf(source: string): Map<string, string> {
  const [head = ''] = source.split('\r\n\r\n', 1)
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
}
