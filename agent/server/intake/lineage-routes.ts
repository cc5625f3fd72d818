import type { FastifyInstance } from 'fastify'
import { describeError, Problem } from '../../../shared/errors.ts'
import type { ConsoleServices } from '../../console/context.ts'
import type { LineageIntake } from '../../intake/lineage/lineage-intake.ts'
import { requireServices } from '../authentication.ts'
import { toldError, unexpected } from '../told-error.ts'
import { noPage, type ReportZoneOptions, reportZone } from './report-zone.ts'

const path = '/api/v1/lineage'

/**
 * `POST /api/v1/lineage` and `/api/v1/lineage/batch`, as the clients of OpenLineage call them: where they look by default, answered as
 * Marquez does and the specification says.
 */
export async function lineageRoutes(app: FastifyInstance, options: ReportZoneOptions): Promise<void> {
  const given = { path, megabytes: 5, expected: 'one event, or an array of them to …/batch' }
  await reportZone(app, { ...options, ...given }, (zone, reporters) => {
    const intake = lazyIntake(options)
    zone.addHook('onClose', () => intake.stop())
    zone.post(path, noPage, async (request, reply) => {
      const [{ organizationId }, taking] = await Promise.all([reporters.identify(request), intake.get()])
      await taking.take(organizationId, request.body)
      return reply.code(201).send()
    })
    zone.post(`${path}/batch`, noPage, async (request, reply) => {
      const [{ organizationId }, taking] = await Promise.all([reporters.identify(request), intake.get()])
      const events = eventsIn(request.body)
      const outcomes = await Promise.allSettled(events.map((event) => taking.take(organizationId, event)))
      const failed = outcomes.flatMap((outcome, index) =>
        outcome.status === 'rejected' ? [failureOf(outcome.reason, index, options.onLog)] : [],
      )
      return failed.length === 0 ? reply.code(204).send() : reply.code(200).send(batchAnswer(events.length, failed))
    })
  })
}

/** Loaded when somebody first reports. */
function lazyIntake({ services }: ReportZoneOptions): { get(): Promise<LineageIntake>; stop(): Promise<void> } {
  let loading: Promise<LineageIntake> | null = null
  const load = async (ready: ConsoleServices): Promise<LineageIntake> => {
    const { LineageIntake: Intake } = await import('../../intake/lineage/lineage-intake.ts')
    return new Intake(ready)
  }
  return {
    get: async () => (loading ??= load(requireServices(services))),
    stop: async () => (await loading)?.stop(),
  }
}

function eventsIn(body: unknown): unknown[] {
  if (Array.isArray(body)) return body
  throw new Problem('invalid_input', 'A batch is an array of events.', {
    field: 'body',
    fix: `Send [ … ], or one event to ${path}.`,
  })
}

interface Failed {
  readonly index: number
  readonly reason: string
  readonly retriable: boolean
}

function failureOf(thrown: unknown, index: number, onLog: (message: string) => void): Failed {
  const told = toldError(thrown, path)
  if (told === null) onLog(`An event of a batch could not be stored: ${describeError(thrown)}`)
  const { status, body } = told ?? unexpected
  return { index, reason: 'message' in body ? String(body.message) : 'refused', retriable: status >= 429 }
}

/** As the specification has it; 204 would say that all of them were taken. */
function batchAnswer(received: number, failed: readonly Failed[]): object {
  const retriable = failed.filter((failure) => failure.retriable).length
  return {
    status: 'partial_success',
    summary: {
      received,
      successful: received - failed.length,
      failed: failed.length,
      retriable,
      non_retriable: failed.length - retriable,
    },
    failed_events: failed,
  }
}
