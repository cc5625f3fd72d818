import { z } from 'zod'
import { commandOutcomes, incidentEventTypes, incidentKinds, incidentStates } from '../incidents.ts'
import { notGiven, whyNotGive } from '../on-it.ts'
import { deferring, operating, reading } from './base.ts'
import { ownership } from './catalog.ts'
import { cursor, groupScope, id, instant, instantIn, json, limit, reference, searchText } from './words.ts'

export const incidentKind = z.enum(incidentKinds)
export const incidentState = z.enum(incidentStates)

export const incident = z.object({
  id,
  kind: incidentKind,
  severity: z.enum(['problem', 'warning']),
  state: incidentState,
  /** Null: it concerns every organization (a lost agent). */
  organizationId: id.nullable(),
  brand: reference.nullable(),
  dataset: z.object({ key: z.string(), label: z.string() }).nullable(),
  job: reference.nullable(),
  jobType: z.string().nullable(),
  agent: reference.nullable(),
  /** The run that showed it, where one did. */
  runId: id.nullable(),
  /** One sentence: what is wrong, with the number. */
  summary: z.string(),
  /** What to do about it; null where there is nothing but waiting. */
  nextStep: z.string().nullable(),
  /** As the catalog named them when it was opened, of its dataset, else of its job type. */
  ...ownership,
  openedAt: instant,
  /** `by`: who is on it, also where somebody else said so; `at`: since when anybody is. */
  acknowledged: z.object({ at: instant, by: z.string() }).nullable(),
  /** `until` null: until it recovers. */
  snoozed: z.object({ until: instant.nullable(), by: z.string() }).nullable(),
  /** The latest word of an operator about it. */
  note: z.string().nullable(),
  /** A rule keeps it quiet; it is shown all the same. */
  isMuted: z.boolean(),
  /** Why it is expected and nobody is told of it: a hold, in words. Told when it outlives that by half an hour. Null = it is told as ever. */
  expected: z.string().nullable(),
  resolvedAt: instant.nullable(),
  /** Why it ended, in a sentence. */
  resolution: z.string().nullable(),
  /** The incident behind it: this one is an effect and is not told about by itself. */
  causeId: id.nullable(),
  /** Open incidents that this one is behind. */
  effects: z.number().int(),
  /** The latest thing that happened to it; handed back with a command, it says what the operator saw. */
  lastEventId: z.string(),
})
export type IncidentView = z.infer<typeof incident>

const incidentEvent = z.object({
  id: z.string(),
  incidentId: id,
  type: z.enum(incidentEventTypes),
  happenedAt: instant,
  /** Null: the evaluation itself. */
  operator: z.string().nullable(),
  note: z.string().nullable(),
  /** Who is on it, of `acknowledged` where `operator` said so for somebody else; null otherwise. */
  assignee: z.string().nullable(),
  /** Until when, of `snoozed`; null also where it is until recovery. */
  until: instant.nullable(),
})

/** Of a bigint. */
const eventId = z.string().regex(/^\d{1,18}$/, 'What lastEventId said: a whole number.')

const chosen = {
  organizationId: id,
  incidents: z
    .array(z.strictObject({ id, seenEventId: eventId.nullable().default(null) }))
    .min(1)
    .max(1_000),
} as const

const commandResult = z.object({
  results: z.array(
    z.object({
      id,
      /**
       * `conflict`: it is not as the operator saw it, and what was asked makes no sense any more; `not_allowed`: it concerns every
       * organization, and the caller is bound to one. Nothing changed then. `waiting`: the database is away, and it is done when it is
       * back (connection.queue lists it).
       */
      outcome: z.enum(commandOutcomes),
      message: z.string(),
    }),
  ),
})

const muteRule = z.object({
  id,
  /** Null in all of these means any; they must all fit. */
  brand: reference.nullable(),
  dataset: z.string().nullable(),
  jobType: z.string().nullable(),
  kind: incidentKind.nullable(),
  /** Null: until it is removed. */
  until: instant.nullable(),
  note: z.string().nullable(),
  createdAt: instant,
  createdBy: z.string(),
  /** Open incidents that it keeps quiet now. */
  mutes: z.number().int(),
})

/** What a mute rule fits: null in all of these means any; they must all fit. */
const muteScope = {
  organizationId: id,
  brandId: id.nullable().default(null),
  dataset: z.string().min(1).max(200).nullable().default(null),
  jobType: z.string().min(1).max(200).nullable().default(null),
  kind: incidentKind.nullable().default(null),
} as const

/** Of one thing alone: what a dataset (with the brand: of that brand), a job or an agent has. */
const about = {
  dataset: z.string().min(1).max(200).nullable().default(null),
  jobId: id.nullable().default(null),
  agentId: id.nullable().default(null),
} as const

const person = z.string().trim().min(1).max(100)
/** To whom it is given: a name, or `me` for whoever asks. */
export const assignee = person.refine((name) => whyNotGive(name) === null, notGiven)
/** Who is on it: a name, `nobody`, or `me` for whoever asks (both in any case); null: whoever. Of an effect whoever is on its cause. */
const onIt = person.nullable().default(null)

/** `dataset`: of one kind and dataset together; what is of no dataset by its kind alone. */
export const incidentGroupings = ['dataset', 'brand'] as const

const incidentGroup = z.object({
  /** Null: of several kinds. */
  kind: incidentKind.nullable(),
  brand: reference.nullable(),
  dataset: z.object({ key: z.string(), label: z.string() }).nullable(),
  incidents: z.number().int(),
  /** Of them, those that nobody has acknowledged or snoozed. */
  open: z.number().int(),
  /** When the oldest and the newest of them were opened. */
  firstOpenedAt: instant,
  lastOpenedAt: instant,
})
export type IncidentGroup = z.infer<typeof incidentGroup>

const note = z.string().trim().min(1).max(2_000)
const path = '/organizations/{organizationId}/incidents'
const tags = ['incidents']

export const incidents = {
  /**
   * Incidents without those that are effects of another listed one, the newest first; `effects` of a row says how many it is behind.
   */
  list: reading
    .route({ method: 'GET', path, tags, summary: 'What is wrong, and what was.' })
    .input(
      z.object({
        ...groupScope,
        states: z.array(incidentState).max(4).default(['open', 'acknowledged', 'snoozed']),
        kinds: z.array(incidentKind).max(20).default([]),
        text: searchText.default(''),
        onIt,
        ...about,
        /** Effects of this incident, instead of what has no cause. */
        causeId: id.nullable().default(null),
        cursor,
        limit,
      }),
    )
    .output(
      z.object({
        asOf: instant,
        incidents: z.array(incident),
        /** Of the organization and brand, whatever else is filtered; roots only. */
        counts: z.object({
          open: z.number().int(),
          acknowledged: z.number().int(),
          snoozed: z.number().int(),
          muted: z.number().int(),
          effects: z.number().int(),
          /** Open ones that neither a rule nor a hold keeps quiet. */
          unattended: z.number().int(),
        }),
        nextCursor: z.string().nullable(),
      }),
    ),
  /** The same as one row for each thing that many are about, the largest first; 500 at most. */
  groups: reading
    .route({ method: 'GET', path: `${path}/groups`, tags, summary: 'What is wrong, counted by what it is about.' })
    .input(
      z.object({
        ...groupScope,
        by: z.enum(incidentGroupings).default('dataset'),
        states: z.array(incidentState).max(4).default(['open', 'acknowledged', 'snoozed']),
        kinds: z.array(incidentKind).max(20).default([]),
        text: searchText.default(''),
        onIt,
        dataset: about.dataset,
      }),
    )
    .output(z.object({ asOf: instant, groups: z.array(incidentGroup) })),
  get: reading
    .route({ method: 'GET', path: '/incidents/{incidentId}', tags, summary: 'One incident, with all that happened.' })
    .input(z.object({ incidentId: id }))
    .output(
      incident.extend({
        asOf: instant,
        details: json,
        cause: incident.nullable(),
        /** The newest first, 200 at most. */
        events: z.array(incidentEvent),
      }),
    ),
  /** For the notification centre and the marks in the navigation: what was opened and resolved lately, the newest first. */
  centre: reading
    .route({ method: 'GET', path: `${path}/centre`, tags, summary: 'The latest that was opened and resolved.' })
    .input(z.object({ organizationId: id, limit: z.number().int().min(1).max(200).default(50) }))
    .output(
      z.object({
        asOf: instant,
        /** Roots that nobody has acknowledged, snoozed or muted. */
        unattended: z.number().int(),
        events: z.array(incidentEvent.extend({ incident })),
      }),
    ),
  /** How fast incidents are acknowledged and end, over those opened in the range. Seconds; null without any. */
  statistics: reading
    .route({ method: 'GET', path: `${path}/statistics`, tags, summary: 'Time to acknowledge and to resolve.' })
    .input(z.object({ ...groupScope, days: z.number().int().min(1).max(400).default(30) }))
    .output(
      z.object({
        asOf: instant,
        opened: z.number().int(),
        resolved: z.number().int(),
        medianAcknowledgeSeconds: z.number().nullable(),
        medianResolveSeconds: z.number().nullable(),
        byKind: z.array(z.object({ kind: incidentKind, opened: z.number().int(), open: z.number().int() })),
      }),
    ),
  /** Who may be on it: operators who have done something within the last 30 days, and whoever was given something; by name, 200 at most. */
  people: reading
    .route({ method: 'GET', path: `${path}/people`, tags, summary: 'Who may be on an incident.' })
    .input(z.object({ organizationId: id }))
    .output(z.object({ people: z.array(z.string()) })),
  /** Whoever asks is on it, or the one it is given to (`for`); what somebody is on is handed over only with `for`. */
  acknowledge: deferring
    .route({ method: 'POST', path: `${path}/acknowledge`, tags, summary: 'Somebody is on it.' })
    .input(z.strictObject({ ...chosen, note: note.nullable().default(null), for: assignee.nullable().default(null) }))
    .output(commandResult),
  unacknowledge: deferring
    .route({ method: 'POST', path: `${path}/unacknowledge`, tags, summary: 'Nobody is on it after all.' })
    .input(z.strictObject(chosen))
    .output(commandResult),
  snooze: deferring
    .route({ method: 'POST', path: `${path}/snooze`, tags, summary: 'Keeps incidents quiet for a while.' })
    .input(
      z.strictObject({
        ...chosen,
        /** An instant at most 90 days ahead; null: until it recovers. */
        until: instantIn.nullable(),
        note: note.nullable().default(null),
      }),
    )
    .output(commandResult),
  wake: deferring
    .route({ method: 'POST', path: `${path}/wake`, tags, summary: 'Ends a snooze.' })
    .input(z.strictObject(chosen))
    .output(commandResult),
  annotate: deferring
    .route({ method: 'POST', path: `${path}/note`, tags, summary: 'Writes a note that everybody sees.' })
    .input(z.strictObject({ ...chosen, note }))
    .output(commandResult),
  mutes: reading
    .route({ method: 'GET', path: `${path}/mutes`, tags, summary: 'Rules that keep incidents quiet.' })
    .input(z.object({ organizationId: id }))
    .output(z.object({ asOf: instant, rules: z.array(muteRule) })),
  /** What a rule would keep quiet if it were there; nothing is written. */
  previewMute: reading
    .meta({ scope: 'read', gated: true, withoutDatabase: 'asked' })
    .route({ method: 'POST', path: `${path}/mutes/preview`, tags, summary: 'Counts what a rule would keep quiet.' })
    .input(z.strictObject(muteScope))
    .output(z.object({ asOf: instant, mutes: z.number().int() })),
  mute: operating
    .route({ method: 'POST', path: `${path}/mutes`, tags, summary: 'Adds a rule that keeps incidents quiet.' })
    .input(
      z.strictObject({
        ...muteScope,
        until: instantIn.nullable().default(null),
        note: note.nullable().default(null),
      }),
    )
    .output(z.object({ id, mutes: z.number().int() })),
  unmute: operating
    .route({ method: 'DELETE', path: `${path}/mutes/{ruleId}`, tags, summary: 'Removes a rule.' })
    .input(z.strictObject({ organizationId: id, ruleId: id }))
    .output(z.object({ changed: z.boolean() })),
}
