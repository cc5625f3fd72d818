import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../../shared/errors.ts'
import type { ConsoleServices } from '../../console/context.ts'
import { requireServices } from '../authentication.ts'
import { bodyLimits } from '../json-body.ts'
import type { Limits } from '../limits.ts'
import type { Strangers } from '../strangers.ts'

export interface HookRoutes {
  readonly services: () => ConsoleServices | null
  readonly isReadOnly: boolean
  readonly limits: Limits
  readonly strangers: Strangers
}

/**
 * `POST /api/hooks/<id>`: no token and no cookie, the signature over the very bytes says who it is from. Accepted is 202 with the job's id; the
 * same message again is 200 with the same id.
 */
export function hookRoutes(app: FastifyInstance, { services, isReadOnly, limits, strangers }: HookRoutes): void {
  void app.register((zone, _options, done) => {
    zone.removeAllContentTypeParsers()
    zone.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyLimits.bytes }, (_request, body, parsed) =>
      parsed(null, body),
    )
    zone.post<{ Params: { id: string } }>('/api/hooks/:id', async (request, reply) => {
      const ready = requireServices(services)
      if (isReadOnly) throw readOnly()
      const { findHook, takeDelivery, unknownHook } = await import('../../intake/hooks/take-delivery.ts')
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const hookId = request.params.id
      try {
        const hook = await strangers.find(request.ip, nameOf(hookId), () => findHook(ready, hookId))
        if (hook === null) throw unknownHook(hookId)
        const taken = await takeDelivery(ready, hook, { headers: request.headers, body })
        return await reply.code(taken.created ? 202 : 200).send(taken)
      } catch (error) {
        if (isOfStranger(error)) await limits.refused(request)
        throw error
      }
    })
    // Nothing of this zone reaches the calls behind it, which would look for somebody who is signed in.
    const nothingHere = async (request: FastifyRequest): Promise<never> => {
      await limits.refused(request)
      throw noSuchAddress()
    }
    for (const url of ['/api/hooks', '/api/hooks/*']) {
      zone.route({ method: zone.supportedMethods, url, handler: nothingHere })
    }
    done()
  })
}

/** However long it is, it is kept no longer than an id. */
function nameOf(hookId: string): string {
  return hookId.toLowerCase().slice(0, 100)
}

function isUnknownHook(error: unknown): boolean {
  return error instanceof Problem && error.code === 'not_found' && error.field === 'hook'
}

/** An unknown hook, or a signature that is not its own; what is signed may still ask for what is not there. */
function isOfStranger(error: unknown): boolean {
  return isUnknownHook(error) || (error instanceof Problem && error.code === 'unauthorized')
}

function noSuchAddress(): Problem {
  return new Problem('not_found', 'There is nothing at this address.', {
    fix: 'Messages go to POST /api/hooks/<id>, with the id of a hook.',
  })
}

function readOnly(): Problem {
  return new Problem('unavailable', 'This agent changes nothing: it was started to be looked at.', {
    fix: 'Send to another agent.',
  })
}
