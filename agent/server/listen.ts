import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../../shared/errors.ts'
import { blockedPorts } from '../settings/blocked-ports.ts'
import type { Settings } from '../settings/definitions.ts'

export interface ListenOptions extends Pick<Settings, 'publicHost' | 'tlsCert' | 'behindProxy'> {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** A person asked for this very port; otherwise the next free one will do on this machine. */
  readonly isPortNamed: boolean
  readonly onLog: (message: string) => void
}

const nextPorts = 20

/** The server is listened with directly: a Fastify instance can be told to listen only once, and the port may be taken. */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<AddressInfo> {
  const { host, port, onLog } = options
  const mayMove = port !== 0 && !isPortKnown(options)
  for (const candidate of mayMove ? nextFrom(port) : [port]) {
    const address = await tryListen(app, host, candidate)
    if (address === null) continue
    if (port !== 0 && address.port !== port) onLog(`Port ${port} is taken by another program; using ${address.port}.`)
    return address
  }
  throw new Problem('conflict', `Port ${port} of ${host} is taken by another program.`, {
    field: 'port',
    value: port,
    fix: 'Stop that program, or choose another port with --port (0 takes any free one).',
  })
}

/** It and those after it that a browser opens, then any: the system gives none that another protocol has. */
export function nextFrom(port: number): number[] {
  const last = Math.min(port + nextPorts, 65_535)
  const next = Array.from({ length: last - port + 1 }, (_, index) => port + index)
  return [...next.filter((candidate) => !blockedPorts.has(candidate)), 0]
}

/** A person asked for this very port, or others come to it: a proxy, or whoever has the name. They would find whatever took it. */
function isPortKnown({ isPortNamed, publicHost, tlsCert, behindProxy }: ListenOptions): boolean {
  return isPortNamed || publicHost !== null || tlsCert !== null || behindProxy
}

/** Null when the port is taken. */
function tryListen(app: FastifyInstance, host: string, port: number): Promise<AddressInfo | null> {
  const { server } = app
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening)
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(cannotListen(host, port, error))
    }
    const onListening = (): void => {
      server.off('error', onError)
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address)
      else reject(new Error('The server listens on no port.'))
    }
    server.once('error', onError)
    server.once('listening', onListening)
    server.listen({ host, port })
  })
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): Problem {
  const isPrivileged = error.code === 'EACCES'
  return new Problem('unavailable', `The server cannot listen on ${host}, port ${port}: ${error.message}`, {
    field: isPrivileged ? 'port' : 'host',
    value: isPrivileged ? port : host,
    fix: isPrivileged ? 'Choose a port from 1024 on with --port.' : 'Use 127.0.0.1.',
    cause: error,
  })
}
