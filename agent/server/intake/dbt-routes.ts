import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../../shared/errors.ts'
import { requireServices } from '../authentication.ts'
import { noPage, type ReportZoneOptions, reportZone } from './report-zone.ts'
import { queryValue } from './reporters.ts'

const path = '/api/v1/dbt'

/** `POST /api/v1/dbt?brand=<name or id>`: the files of a run of dbt, as they are, in one document. A project of 2,000 models has several megabytes of them. */
export async function dbtRoutes(app: FastifyInstance, options: ReportZoneOptions): Promise<void> {
  const given = {
    path,
    megabytes: 32,
    expected: '{ "runResults": …, "sources": …, "manifest": … }, of which not all are needed',
  }
  await reportZone(app, { ...options, ...given }, (zone, reporters) => {
    zone.post(path, noPage, async (request, reply) => {
      const { organizationId } = await reporters.identify(request)
      const ready = requireServices(options.services)
      // Loaded when somebody first sends some.
      const { takeDbt } = await import('../../intake/dbt/take-dbt.ts')
      const imported = await takeDbt(ready, { organizationId, brand: brandIn(request), files: request.body })
      return reply.send(imported)
    })
  })
}

function brandIn(request: FastifyRequest): string {
  const brand = queryValue(request, 'brand')
  if (brand !== null) return brand
  throw new Problem('invalid_input', 'It is not said whose datasets these are.', {
    field: 'brand',
    value: null,
    fix: 'Add ?brand=<name or id> to the address.',
  })
}
