import { v5 as derivedId } from 'uuid'
import type { JsonValue } from '../../../shared/domain.ts'
import { Problem } from '../../../shared/errors.ts'
import { mappedParameters } from '../../../shared/hook-mapping.ts'
import type { ConsoleServices } from '../../console/context.ts'
import { checkJobParameters, readWorkforce } from '../../console/jobs-workforce.ts'
import { holdOfJob } from '../../jobs/held-job.ts'
import { queueOneTimeJob } from '../../jobs/operations.ts'
import {
  findTakenDelivery,
  noteHookRefusal,
  type OpenHook,
  openHook,
  recordHookDelivery,
  type StoredHook,
} from '../../store/hooks.ts'
import type { Actor } from '../../store/operator-actions.ts'
import { howToEnable, organizationAccess } from '../../store/organization-features.ts'
import { archiveDead } from './archive-dead.ts'
import { parseBody } from './body.ts'
import { checkSignature, type HookHeaders, type SignedMessage } from './signature.ts'

export interface ReceivedMessage {
  readonly headers: HookHeaders
  readonly body: Uint8Array
}

export interface TakenMessage {
  readonly jobId: string | null
  /** False when this message was taken before: nothing was queued anew. */
  readonly created: boolean
  /** Only where it does not start yet: "… is queued; held until …". */
  readonly message?: string
}

/** Keeps these ids apart from everything else that is derived so. */
const jobIds = '6c7a3c1e-3d2f-5b4c-9d4e-8a1f0b2c3d4e'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Null = there is no such hook. */
export async function findHook({ database }: ConsoleServices, hookId: string): Promise<OpenHook | null> {
  return uuid.test(hookId) ? openHook(database, hookId) : null
}

/**
 * Queues what a message asks for, once per message. The id of the job is made from the message, so that two that arrive at once, and one
 * that is sent again because our answer was lost, are one job.
 * @throws Problem `unauthorized`, and for what is signed: `invalid_input`, `invalid_parameters`, `conflict`.
 */
export async function takeDelivery(
  services: ConsoleServices,
  hook: OpenHook,
  received: ReceivedMessage,
): Promise<TakenMessage> {
  const { database } = services
  const secret = await services.hookSecrets.unseal(hook.sealedSecret)
  if (secret === null) throw foreignSecret(hook)
  const message = await signedMessage(services, hook, { ...received, secret })
  // Sent when the webhook is made there: it asks whether what is sent here is taken.
  if (hook.style === 'github' && received.headers['x-github-event'] === 'ping') {
    await requireOpen(services, hook)
    return { jobId: null, created: false }
  }
  const before = await findTakenDelivery(database, hook.id, message.key)
  if (before !== null) return { jobId: before.jobId, created: false }
  const actor = { operator: `hook: ${hook.name}`, door: 'api' } as const
  const queued = await queueOrRefuse(services, hook, message, { actor, body: received.body })
  if (queued.created) await archiveDead(database, actor, { hookId: hook.id, jobId: queued.jobId })
  return queued
}

interface Asked {
  readonly actor: Actor
  readonly body: Uint8Array
}

type QueuedJob = TakenMessage & { readonly jobId: string }

async function queueOrRefuse(
  services: ConsoleServices,
  hook: StoredHook,
  message: SignedMessage,
  asked: Asked,
): Promise<QueuedJob> {
  try {
    const queued = await queue(services, hook, message, asked)
    await record(services, hook, message, { outcome: 'queued', reason: null, jobId: queued.jobId })
    return queued
  } catch (error) {
    if (error instanceof Problem && error.code !== 'database_unreachable') {
      const reason = [error.message, error.fix].filter(Boolean).join(' ').slice(0, 1_000)
      await record(services, hook, message, { outcome: 'refused', reason, jobId: null })
    }
    throw error
  }
}

async function signedMessage(
  { database, clock }: ConsoleServices,
  hook: StoredHook,
  received: ReceivedMessage & { readonly secret: string },
): Promise<SignedMessage> {
  try {
    return checkSignature(hook.style, { ...received, now: clock.now() })
  } catch (error) {
    if (error instanceof Problem) await noteHookRefusal(database, hook.id, error.message)
    throw error
  }
}

async function queue(
  services: ConsoleServices,
  hook: StoredHook,
  message: SignedMessage,
  { actor, body }: Asked,
): Promise<QueuedJob> {
  const { database } = services
  await requireOpen(services, hook)
  const workforce = await readWorkforce(services)
  const given = mappedParameters(hook.mapping, parseBody(body) satisfies JsonValue)
  const parameters = checkJobParameters(workforce, hook.jobType, given)
  const {
    job,
    created,
    message: told,
  } = await queueOneTimeJob(database, actor, {
    id: derivedId(`${hook.id} ${message.key}`, jobIds),
    brandId: hook.brandId,
    jobType: hook.jobType,
    name: hook.name,
    parameters,
    triggerSource: 'api',
  })
  const hold = created ? await holdOfJob(database, job, null) : null
  return { jobId: job.id, created, ...(hold === null ? {} : { message: told }) }
}

async function requireOpen({ database }: ConsoleServices, hook: StoredHook): Promise<void> {
  const because = hook.isBrandArchived
    ? {
        message: `The brand of this hook, "${hook.brandName}", is archived.`,
        fix: 'Bring the brand back in Admin, or remove the hook.',
      }
    : hook.enabled
      ? null
      : { message: 'This hook is switched off.', fix: 'Switch it on: Sources, Hooks.' }
  if (because !== null) {
    throw new Problem('conflict', because.message, { field: 'hook', value: hook.id, fix: because.fix })
  }
  if ((await organizationAccess(database, hook.organizationId)) === 'on') return
  throw new Problem('not_allowed', 'Pipeline Manager is switched off for the organization of this hook.', {
    field: 'hook',
    value: hook.id,
    fix: howToEnable,
  })
}

async function record(
  { database }: ConsoleServices,
  { id: hookId }: StoredHook,
  { key: messageKey, id: messageId }: SignedMessage,
  result: Pick<Parameters<typeof recordHookDelivery>[1], 'outcome' | 'reason' | 'jobId'>,
): Promise<void> {
  await recordHookDelivery(database, { hookId, messageKey, messageId, ...result })
}

export function unknownHook(hookId: string): Problem {
  return new Problem('not_found', 'There is no such hook.', {
    field: 'hook',
    value: hookId.slice(0, 100),
    fix: 'Check the address; the page Sources shows it.',
  })
}

function foreignSecret({ id }: StoredHook): Problem {
  return new Problem('unavailable', 'This agent cannot open the secret of this hook: another installation made it.', {
    field: 'hook',
    value: id,
    fix: 'Send to an agent of the data folder on which the hook was made, or give it a new secret here.',
  })
}
