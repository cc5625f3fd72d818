/** Requests over connections that stay open: by hand, so that whoever measures takes as little as possible of the cores that are measured. */
import { connect, type Socket } from 'node:net'

export interface RequestLoad {
  /** Answers of each kind, "200". */
  readonly statuses: ReadonlyMap<string, number>
  /** From the moment at which a request was due to its answer, ms: one that had to wait for a connection waited, too. */
  readonly latencies: readonly number[]
  readonly seconds: number
}

export interface RequestLoadOptions {
  readonly port: number
  /** The next request, whole. Its answer is over with its head, as that of a HEAD request, or has no body. */
  readonly next: () => string
  readonly connections: number
  readonly seconds: number
  /** Requests per second that are due, whether the ones before were answered or not; null: as many as are answered. */
  readonly rate: number | null
}

const endOfHead = '\r\n\r\n'

export async function requestLoad({
  port,
  next,
  connections,
  seconds,
  rate,
}: RequestLoadOptions): Promise<RequestLoad> {
  const statuses = new Map<string, number>()
  const latencies: number[] = []
  const sockets: Socket[] = []
  const idle: ((dueAt: number) => void)[] = []
  const waiting: number[] = []
  let isOver = false
  const begun = performance.now()
  const open = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    let dueAt = 0
    let head = ''
    const begin = (due: number): void => {
      dueAt = due
      socket.write(next())
    }
    const free = (): void => {
      const due = rate === null ? performance.now() : waiting.shift()
      if (due === undefined) idle.push(begin)
      else if (!isOver) begin(due)
    }
    socket.on('data', (chunk: string) => {
      head += chunk
      if (!head.endsWith(endOfHead)) return
      const status = head.slice(9, 12)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      latencies.push(performance.now() - dueAt)
      head = ''
      free()
    })
    socket.on('error', () => statuses.set('error', (statuses.get('error') ?? 0) + 1))
    sockets.push(socket)
    await new Promise((resolve) => socket.once('connect', resolve))
    free()
  }
  await Promise.all(Array.from({ length: connections }, open))
  let due = 0
  while (performance.now() - begun < seconds * 1_000) {
    const target = rate === null ? 0 : ((performance.now() - begun) / 1_000) * rate
    for (; due < target; due += 1) {
      const dueAt = begun + (due / (rate ?? 1)) * 1_000
      const begin = idle.pop()
      if (begin === undefined) waiting.push(dueAt)
      else begin(dueAt)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  isOver = true
  const took = (performance.now() - begun) / 1_000
  for (const socket of sockets) socket.destroy()
  return { statuses, latencies, seconds: took }
}

/** Answers of this status per second. */
export function answered({ statuses, seconds }: RequestLoad, status: string): number {
  return (statuses.get(status) ?? 0) / seconds
}

/** Answers of any other status, and connections that broke. */
export function others({ statuses }: RequestLoad, status: string): number {
  return [...statuses].reduce((sum, [one, count]) => sum + (one === status ? 0 : count), 0)
}
