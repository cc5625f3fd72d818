/**
 * What people do that is put on record, and to what: the vocabulary of `operator_actions`. A command that is added does not compile until
 * it has words here.
 */

/** What each action is called, in the past: somebody did it. */
export const actionWords = {
  'job.queue': 'Queued a job',
  'job.schedule': 'Scheduled or changed a job',
  'job.pause': 'Paused a job',
  'job.resume': 'Resumed a job',
  'job.retry': 'Retried a job',
  'job.archive': 'Archived a job',
  'job.restore': 'Restored a job',
  'run.cancel': 'Asked a run to stop',
  'backfill.create': 'Began a backfill',
  'backfill.cancel': 'Called off what was left of a backfill',
  'backfill.retry': 'Retried the failed runs of a backfill',
  'run.resume': 'Went on with a failed run',
  'run.confirm': 'Said whether a run did its work',
  'hold.create': 'Made a hold',
  'hold.set': 'Changed a hold',
  'hold.end': 'Ended a hold',
  'hold.restore': 'Put a hold back',
  'policy.set': 'Set a maximum age',
  'policy.clear': 'Took a maximum age away',
  'dataset.start': 'Reported the start of a refresh',
  'dataset.success': 'Reported a dataset as refreshed',
  'dataset.failure': 'Reported a refresh as failed',
  'trigger.create': 'Made a trigger',
  'trigger.set': 'Changed a trigger',
  'trigger.remove': 'Removed a trigger',
  'incident.acknowledge': 'Acknowledged an incident',
  'incident.unacknowledge': 'Took an acknowledgement back',
  'incident.annotate': 'Wrote a note to an incident',
  'incident.snooze': 'Snoozed an incident',
  'incident.wake': 'Ended the snooze of an incident',
  'incident.mute': 'Made a mute',
  'incident.unmute': 'Removed a mute',
  'route.create': 'Made a notification route',
  'route.set': 'Changed a notification route',
  'route.remove': 'Removed a notification route',
  'notifications.settings': 'Changed what is notified',
  'notification.test': 'Sent a test notification',
  'organization.create': 'Made an organization',
  'feature.enable': 'Switched a section on',
  'feature.disable': 'Switched a section off',
  'brand.create': 'Made a brand',
  'brand.rename': 'Renamed a brand',
  'brand.set_groups': 'Changed the groups of a brand',
  'brand.archive': 'Archived a brand',
  'brand.restore': 'Restored a brand',
  'brand.link_account': 'Linked an ad account',
  'brand.unlink_account': 'Took an ad account away',
  'brand.add_search': 'Added an Ad Library search',
  'brand.remove_search': 'Removed an Ad Library search',
  'token.create': 'Made a token',
  'token.revoke': 'Revoked a token',
  'hook.create': 'Made a hook',
  'hook.set': 'Changed a hook',
  'hook.renew_secret': 'Renewed the secret of a hook',
  'hook.remove': 'Removed a hook',
  'hook.restore': 'Restored a hook',
  'ping.create': 'Made a check',
  'ping.change': 'Changed a check',
  'ping.pause': 'Paused a check',
  'ping.resume': 'Resumed a check',
  'ping.remove': 'Removed a check',
  'ping.restore': 'Restored a check',
  'ping.renew_address': 'Renewed the address of a check',
  'ping.renew_key': 'Renewed the ping key of a brand',
  'lineage_mapping.create': 'Made a lineage mapping',
  'lineage_mapping.set': 'Changed a lineage mapping',
  'lineage_mapping.remove': 'Removed a lineage mapping',
} as const
export type ActionName = keyof typeof actionWords

/** What the kinds of things are called that actions are about. */
export const subjectWords = {
  job: 'Job',
  run: 'Run',
  backfill: 'Backfill',
  dataset: 'Dataset',
  hold: 'Hold',
  trigger: 'Trigger',
  incident: 'Incident',
  mute_rule: 'Mute',
  route: 'Notification route',
  channel: 'Channel',
  organization: 'Organization',
  brand: 'Brand',
  token: 'Token',
  hook: 'Hook',
  ping: 'Check',
  lineage_mapping: 'Lineage mapping',
} as const
export type SubjectType = keyof typeof subjectWords

/** "Paused a job"; an action of another version is shown as it is stored. */
export function actionInWords(action: string): string {
  return wordOf(actionWords, action) ?? action.slice(0, 100)
}

/** "Job"; as above. */
export function subjectInWords(subjectType: string): string {
  return wordOf(subjectWords, subjectType) ?? subjectType.slice(0, 40)
}

function wordOf(words: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(words, key) ? words[key] : undefined
}
