import { expect, test } from 'vitest'
import { writeCctray } from '../../../agent/metrics/cctray.ts'
import { writeMetrics } from '../../../agent/metrics/prometheus.ts'
import type { DatasetReading, OrganizationReading, Readings } from '../../../agent/metrics/readings.ts'
import { RunTally } from '../../../agent/metrics/run-tally.ts'
import { systemClock } from '../../../shared/clock.ts'
import { parseMetrics } from '../../support/metrics-text.ts'

function organization(name: string, freshness: DatasetReading['freshness']): OrganizationReading {
  const reading = {
    brandId: name,
    brand: name,
    dataset: 'orders',
    freshness,
    lastAttempt: 'completed',
    isRunning: false,
    lastSuccessMs: 0,
    deadlineMs: null,
    lastAttemptMs: 0,
  } as const
  return { id: name, name, datasets: [reading] }
}

const readings: Readings = {
  nowMs: 1_000,
  organizations: [organization('first', 'fresh'), organization('second', 'stale'), organization('third', 'at_risk')],
  agents: { alive: 1, lost: 0 },
}

test('where only so many datasets are listed, those are the worst of all organizations', async () => {
  const tray = writeCctray({ readings, origin: '', brand: null, mostDatasets: 2 })
  expect([...tray.matchAll(/name="(\w+)/g)].map(([, name]) => name)).toEqual(['second', 'third'])
  const text = await writeMetrics({
    version: '1',
    agentName: 'one',
    tally: new RunTally(systemClock),
    database: { readings, queue: { due: 0, waitingSeconds: 0, running: 0, holds: 0 } },
    mostDatasets: 1,
  })
  const metrics = parseMetrics(text)
  const usable = (name: string): number | null =>
    metrics.value('pipeline_manager_dataset_usable', {
      organization: name,
      brand: name,
      brand_id: name,
      dataset: 'orders',
    })
  expect(['first', 'second', 'third'].map(usable)).toEqual([null, 0, null])
  expect(metrics.value('pipeline_manager_datasets_not_listed', {})).toBe(2)
})
