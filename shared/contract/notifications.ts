import { z } from 'zod'
import { channelTypes, deliveryStates, toldTransitions } from '../incidents.ts'
import { operating, reading } from './base.ts'
import { assignee, incidentKind } from './incidents.ts'
import { cursor, groupName, id, instant, instantIn, limit } from './words.ts'

/** As in an agent's local file; `in_app` and `desktop` are always there. */
const channelName = z.string().min(1).max(63)
/** `HH:MM`, 24 hours. */
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)

const delivery = z.object({
  id,
  channel: z.string(),
  /** Null while no agent has said what it is. */
  channelType: z.enum(channelTypes).nullable(),
  state: z.enum(deliveryStates),
  /** Null for a test, and for a summary of several. */
  transition: z.enum(toldTransitions).nullable(),
  isTest: z.boolean(),
  /** Null for a test and for a summary. */
  incidentId: id.nullable(),
  /** What was told, in a line. */
  title: z.string(),
  /** Told by this one message: 1 unless it is a summary, 0 for a test. */
  transitions: z.number().int(),
  createdAt: instant,
  /** When it is tried again; null when it is over. */
  nextTryAt: instant.nullable(),
  attempts: z.number().int(),
  endedAt: instant.nullable(),
  /** What the other side said last, as it said it, 500 characters at most; never a secret. */
  answer: z.string().nullable(),
  failure: z.string().nullable(),
})
export type DeliveryView = z.infer<typeof delivery>

const quietHours = z.strictObject({
  timeZone: z.string().min(1).max(64),
  /** From and to; over midnight where `to` is not after `from`. */
  from: timeOfDay,
  to: timeOfDay,
  /** Days on which they begin, 0 = Sunday. */
  days: z.array(z.number().int().min(0).max(6)).min(1).max(7),
})

const settings = {
  /** Which kinds are watched for. */
  kinds: z.record(incidentKind, z.boolean()),
  /** How often an open incident is told again, minutes; null: never. */
  remindEveryMinutes: z.number().int().min(60).max(10_080).nullable(),
  quietHours: quietHours.nullable(),
} as const

const route = {
  channel: channelName,
  /** Null: all. */
  kinds: z.array(incidentKind).min(1).max(20).nullable(),
  /** Null here and in `groups`: every brand. */
  brandIds: z.array(id).min(1).max(1_000).nullable(),
  /** Besides, brands that carry one of these groups when something goes wrong, also those that come into it later. */
  groups: z.array(groupName).min(1).max(100).nullable().default(null),
  /** Whether it is told also when an incident ends. */
  tellsResolved: z.boolean(),
  enabled: z.boolean(),
  /** Null: at once. Otherwise once, when it is open still and nobody has acknowledged it so many minutes later. */
  afterMinutes: z.number().int().min(1).max(1_440).nullable().default(null),
  /** Of what waits: told again every so many minutes while nobody is on it, 10 times at most; null: once. */
  repeatMinutes: z.number().int().min(1).max(1_440).nullable().default(null),
  /** Null: of whatever fits. Otherwise only of what somebody else gives to this person, at once, and of its end while it is theirs. */
  person: assignee.nullable().default(null),
} as const

/**
 * `changedAt` of what the caller saw; something newer is a CONFLICT, and nothing is written. Null: nobody had decided anything yet. Left out:
 * whatever is there is replaced.
 */
const seenAt = instantIn.nullable().optional()

const path = '/organizations/{organizationId}/notifications'
const tags = ['notifications']

export const notifications = {
  /**
   * Channels that an agent has configured or a route names, and how they do. A name that agents use for different types is listed once
   * for each.
   */
  channels: reading
    .route({ method: 'GET', path: `${path}/channels`, tags, summary: 'Ways to tell somebody, and how they do.' })
    .input(z.object({ organizationId: id }))
    .output(
      z.object({
        asOf: instant,
        channels: z.array(
          z.object({
            name: z.string(),
            /** Null: a route names it, and no agent of the last 30 days has it. */
            type: z.enum(channelTypes).nullable(),
            /** Living agents that have it; none: nothing is delivered now. */
            agents: z.array(z.string()),
            pending: z.number().int(),
            held: z.number().int(),
            lastDeliveredAt: instant.nullable(),
            lastFailedAt: instant.nullable(),
            lastFailure: z.string().nullable(),
            /** Its latest message failed for good, or it cannot be told at all: why, in a sentence for the frame of the console. */
            notice: z.string().nullable(),
          }),
        ),
      }),
    ),
  routes: reading
    .route({ method: 'GET', path: `${path}/routes`, tags, summary: 'What is told where.' })
    .input(z.object({ organizationId: id }))
    .output(
      z.object({
        routes: z.array(z.object({ id, ...route, changedAt: instant, changedBy: z.string() })),
      }),
    ),
  /**
   * Makes a route, or changes the one that `routeId` names. With `seenAt` null one that was removed comes back under its own id: it remembers
   * what it has told.
   */
  setRoute: operating
    .route({ method: 'POST', path: `${path}/routes`, tags, summary: 'Says what is told where.' })
    .input(z.strictObject({ organizationId: id, routeId: id.nullable().default(null), seenAt, ...route }))
    .output(z.object({ id, changed: z.boolean() })),
  removeRoute: operating
    .route({ method: 'DELETE', path: `${path}/routes/{routeId}`, tags, summary: 'Removes a route.' })
    .input(z.strictObject({ organizationId: id, routeId: id, seenAt }))
    .output(z.object({ changed: z.boolean() })),
  settings: reading
    .route({ method: 'GET', path: `${path}/settings`, tags, summary: 'Kinds watched, reminders, quiet hours.' })
    .input(z.object({ organizationId: id }))
    .output(z.object({ ...settings, changedAt: instant.nullable(), changedBy: z.string().nullable() })),
  setSettings: operating
    .route({ method: 'PUT', path: `${path}/settings`, tags, summary: 'Changes kinds, reminders, quiet hours.' })
    .input(z.strictObject({ organizationId: id, seenAt, ...settings }))
    .output(z.object({ changed: z.boolean() })),
  /** Asks an agent that has the channel to send a test; `delivery` says what came back. */
  test: operating
    .route({ method: 'POST', path: `${path}/test`, tags, summary: 'Sends a test notification.' })
    .input(z.strictObject({ organizationId: id, channel: channelName }))
    .output(z.object({ deliveryId: id })),
  delivery: reading
    .route({ method: 'GET', path: '/notifications/{deliveryId}', tags, summary: 'One delivery.' })
    .input(z.object({ deliveryId: id }))
    .output(delivery),
  deliveries: reading
    .route({ method: 'GET', path, tags, summary: 'What was told, the newest first.' })
    .input(
      z.object({
        organizationId: id,
        channel: channelName.nullable().default(null),
        states: z.array(z.enum(deliveryStates)).max(6).default([]),
        /** Of this incident alone. */
        incidentId: id.nullable().default(null),
        cursor,
        limit,
      }),
    )
    .output(z.object({ asOf: instant, deliveries: z.array(delivery), nextCursor: z.string().nullable() })),
}
