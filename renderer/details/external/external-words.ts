/** Runs of other programs in words. What they call things is shown as it is. */

import type { ExternalRunRow } from '../../../shared/contract/external-runs.ts'
import { counted, countText } from '../../components/counts.ts'
import { type ShownState, shortened, stateOfWord } from '../run/run-words.ts'

export function stateOfExternal({ status }: Pick<ExternalRunRow, 'status'>): ShownState {
  return status === null ? { state: 'unknown', word: 'Not told' } : stateOfWord(status)
}

/** "airflow, providers-openlineage 2.0.0": the namespace of the job, and the end of the producer's address. */
export function producerInWords({ jobNamespace, producer }: Pick<ExternalRunRow, 'jobNamespace' | 'producer'>): string {
  const parts = producer
    .replace(/[?#].*$/, '')
    .split('/')
    .filter((part) => part !== '')
  const isVersion = /^v?\d/.test(parts.at(-1) ?? '')
  const end = parts.slice(isVersion ? -2 : -1).join(' ')
  return end === '' || end === jobNamespace ? jobNamespace : `${jobNamespace}, ${shortened(end, 60)}`
}

/** "5 steps, 1 failed"; empty without any. */
export function stepsInWords({ steps: { total, failed } }: Pick<ExternalRunRow, 'steps'>): string {
  if (total === 0) return ''
  const words = counted(total, 'step')
  return failed === 0 ? words : `${words}, ${countText(failed)} failed`
}

/** Names it for screen readers. */
export function externalInWords(run: Pick<ExternalRunRow, 'jobName' | 'status'>): string {
  return `${shortened(run.jobName, 120)}, ${stateOfExternal(run).word}`
}
