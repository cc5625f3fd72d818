import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../../shared/errors.ts'
import { isDeeperThan } from '../json-body.ts'

const inflate = promisify(gunzip)

const megabyte = 1024 * 1024

/** How deep values may be nested: the plan of a query is deep. */
const mostDepth = 200

export interface JsonReports {
  /** Of a body, as it comes and once inflated. */
  readonly megabytes: number
  /** What it is, for who sends something else. */
  readonly expected: string
}

/** A reason to refuse a body that has a status of its own. */
export class BodyRefusal extends Problem {
  readonly status: number

  constructor(status: number, message: string, fix: string) {
    super('invalid_input', message, { field: 'body', fix })
    this.status = status
  }
}

/** JSON, plain or compressed by gzip; what would inflate beyond the limit is not inflated further. Only for routes of this instance. */
export function readJsonReports(zone: FastifyInstance, { megabytes, expected }: JsonReports): void {
  zone.removeAllContentTypeParsers()
  const parse = zone.getDefaultJsonParser('remove', 'remove')
  zone.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: megabytes * megabyte },
    async (request: FastifyRequest, body: Buffer) => {
      const json = await inflated(body, request.headers['content-encoding'], megabytes)
      if (isDeeperThan(json, mostDepth)) throw tooDeep()
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      void parse(request, json, (error, value) => (error === null ? resolve(value) : reject(notJson(expected))))
      return promise
    },
  )
}

async function inflated(body: Buffer, encoding: string | undefined, megabytes: number): Promise<string> {
  const kind = encoding?.trim().toLowerCase() ?? 'identity'
  if (kind === 'identity') return body.toString()
  if (kind !== 'gzip' && kind !== 'x-gzip') {
    throw new BodyRefusal(415, `The body is encoded as "${kind}".`, 'Send it plain or compressed by gzip.')
  }
  try {
    const whole = await inflate(body, { maxOutputLength: megabytes * megabyte })
    return whole.toString()
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(megabytes)
    throw new BodyRefusal(400, 'The body is not what gzip makes.', 'Send it plain, or compressed by gzip.')
  }
}

function tooLarge(megabytes: number): BodyRefusal {
  return new BodyRefusal(413, `The body inflates to more than ${megabytes} MB.`, 'Send less at a time.')
}

function notJson(expected: string): BodyRefusal {
  return new BodyRefusal(400, 'The body is not one JSON document.', `Send ${expected}.`)
}

function tooDeep(): BodyRefusal {
  return new BodyRefusal(400, `The body is nested more than ${mostDepth} levels deep.`, 'Make it flatter.')
}
