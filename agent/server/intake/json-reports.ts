import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../../shared/errors.ts'
import { isDeeperThan } from '../json-body.ts'

const inflate = promisify(gunzip)

/** Bytes of a body as it comes and once inflated, and how deep its values may be nested: the plan of a query is deep. */
export const reportLimits = { sent: 5 * 1024 * 1024, inflated: 5 * 1024 * 1024, depth: 200 } as const

/** A reason to refuse a body that has a status of its own. */
export class BodyRefusal extends Problem {
  readonly status: number

  constructor(status: number, message: string, fix: string) {
    super('invalid_input', message, { field: 'body', fix })
    this.status = status
  }
}

/** JSON, plain or compressed by gzip; what would inflate beyond the limit is not inflated further. Only for routes of this instance. */
export function readJsonReports(zone: FastifyInstance): void {
  zone.removeAllContentTypeParsers()
  const parse = zone.getDefaultJsonParser('remove', 'remove')
  zone.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: reportLimits.sent },
    async (request: FastifyRequest, body: Buffer) => {
      const json = await inflated(body, request.headers['content-encoding'])
      if (isDeeperThan(json, reportLimits.depth)) throw tooDeep()
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      void parse(request, json, (error, value) => (error === null ? resolve(value) : reject(notJson())))
      return promise
    },
  )
}

async function inflated(body: Buffer, encoding: string | undefined): Promise<string> {
  const kind = encoding?.trim().toLowerCase() ?? 'identity'
  if (kind === 'identity') return body.toString()
  if (kind !== 'gzip' && kind !== 'x-gzip') {
    throw new BodyRefusal(415, `The body is encoded as "${kind}".`, 'Send it plain or compressed by gzip.')
  }
  try {
    const whole = await inflate(body, { maxOutputLength: reportLimits.inflated })
    return whole.toString()
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge()
    throw new BodyRefusal(400, 'The body is not what gzip makes.', 'Send it plain, or compressed by gzip.')
  }
}

function tooLarge(): BodyRefusal {
  const most = `${reportLimits.inflated / 1024 / 1024} MB`
  return new BodyRefusal(413, `The body inflates to more than ${most}.`, 'Send less at a time.')
}

function notJson(): BodyRefusal {
  return new BodyRefusal(400, 'The body is not one JSON document.', 'Send one event, or an array of them to …/batch.')
}

function tooDeep(): BodyRefusal {
  return new BodyRefusal(400, `The body is nested more than ${reportLimits.depth} levels deep.`, 'Make it flatter.')
}
