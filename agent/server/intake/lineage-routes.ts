import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { describeError, Problem } from '../../../shared/errors.ts'
import type { ConsoleServices } from '../../console/context.ts'
import type { LineageIntake } from '../../intake/lineage/lineage-intake.ts'
import { requireServices } from '../authentication.ts'
import { toldError, unexpected } from '../told-error.ts'
import { BodyRefusal } from './json-reports.ts'
import { noPage, type ReportZoneOptions, reportZone } from './report-zone.ts'

const path = '/api/v1/lineage'

/** Of one batch; a body of a few kilobytes may inflate to millions, each of which would be answered by itself. */
const mostEvents = 5_000
/** So many are taken at once; whoever else waits for the agent has a turn in between. */
const sliceSize = 500
/** Failures that are answered one by one; the others are counted. */
const mostFailures = 300

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
      const failed: Failed[] = []
      for (let from = 0; from < events.length; from += sliceSize) {
        const slice = events.slice(from, from + sliceSize)
        const outcomes = await Promise.allSettled(slice.map((event) => taking.take(organizationId, event)))
        for (const [place, outcome] of outcomes.entries()) {
          if (outcome.status === 'rejected') failed.push(failureOf(outcome.reason, from + place, options.onLog))
        }
        await setImmediate()
      }
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
  if (Array.isArray(body)) {
    if (body.length <= mostEvents) return body
    throw new BodyRefusal(413, `The batch has more than ${mostEvents} events.`, 'Send less at a time.')
  }
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
    failed_events: failed.slice(0, mostFailures),
  }
}
