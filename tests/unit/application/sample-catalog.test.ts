import { chmod, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sampleCatalog, sampleEnvironment, sampleFile } from '../../../agent/application/sample.ts'
import { sampleBrands } from '../../../agent/application/sample-contents.ts'
import { runnableJobTypes, withEnvironment } from '../../../agent/jobs/catalog/catalog.ts'
import { readCatalogFile } from '../../../agent/jobs/catalog/catalog-file.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { nextFire, parseCadence } from '../../../shared/cadence.ts'
import { lateRunMs } from '../../../shared/overdue-runs.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const environment = sampleEnvironment({ PATH: '/usr/bin' }, 'simulated')
const catalog = withEnvironment(
  sampleCatalog({ dataDirectory: '/data with "quotes" and spaces', port: 5_678 }),
  environment,
)
const brands = sampleBrands(new Date('2026-03-02T12:34:56Z'))

test('every job of the sample names a job type that its catalog can run, and a cadence that exists', () => {
  const runnable = runnableJobTypes(catalog)
  for (const { jobType, cron } of brands.flatMap(({ jobs }) => jobs)) {
    expect(runnable).toContain(jobType)
    expect(() => parseCadence(cron, 'UTC')).not.toThrow()
  }
})

test('N2: the sample is quiet about late and long runs: it begins well within the least time, and says of no type how long it may take', () => {
  for (const { cron, startsInSeconds } of brands.flatMap(({ jobs }) => jobs)) {
    expect((startsInSeconds ?? 0) * 1_000).toBeLessThan(lateRunMs(parseCadence(cron, 'UTC'), new Date()) / 2)
  }
  expect([...catalog.jobTypes.values()].filter(({ expectedMinutes }) => expectedMinutes !== null)).toEqual([])
})

test('every dataset policy of the sample is for a dataset of its catalog', () => {
  const keys = brands.flatMap(({ maxAgeHours }) => Object.keys(maxAgeHours))
  expect(keys).not.toEqual([])
  for (const key of keys) expect(catalog.datasets.has(key)).toBe(true)
})

test('the places that only the running program knows are filled in, whatever characters they have', () => {
  const specs = JSON.stringify([...catalog.jobTypes.values()].flatMap(({ steps }) => steps.map(({ run }) => run)))
  expect(specs).toContain('http://127.0.0.1:5678/healthz')
  expect(specs).not.toContain('4180')
  expect(specs).toContain(JSON.stringify(join('/data with "quotes" and spaces', 'sample')).slice(1, -1))
  expect(specs).not.toContain('./workspace')
  expect(catalog.httpAllowHosts).toEqual(['127.0.0.1:5678'])
})

test('its commands find the Node that runs this program first', () => {
  const { PATH } = environment
  expect(PATH?.startsWith(join(process.execPath, '..'))).toBe(true)
  expect(PATH?.endsWith('/usr/bin')).toBe(true)
})

test('a token of one’s own never gets to the simulator', () => {
  expect(sampleEnvironment({ META_ACCESS_TOKEN: 'own' }, 'simulated')).toMatchObject({ META_ACCESS_TOKEN: 'simulated' })
})

test('the file is a catalog of its own, for who copies it', async () => {
  await using folder = await temporaryFolder()
  const copy = join(folder.path, 'pipeline-manager.yaml')
  await copyFile(sampleFile, copy)
  await chmod(copy, 0o600)
  const copied = withEnvironment(catalogOf(parseCatalog(readCatalogFile(copy), copy)), { META_ACCESS_TOKEN: 'own' })
  expect(runnableJobTypes(copied)).toEqual(runnableJobTypes(catalog))
})

test('whenever it is loaded, the dataset that is to turn stale within a minute is not refreshed again before that', () => {
  for (let second = 0; second < 3_600; second += 1) {
    const loadedAt = new Date(Date.UTC(2026, 2, 2, 12, 0, second))
    const job = sampleBrands(loadedAt)[1]?.jobs.find(({ jobType }) => jobType === 'database_activity')
    const next = nextFire(parseCadence(job?.cron ?? '', 'UTC'), loadedAt)
    expect((next?.getTime() ?? 0) - loadedAt.getTime()).toBeGreaterThan(60_000)
  }
})
