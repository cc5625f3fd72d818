import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { searchLibrary } from '../../../agent/connectors/meta/ad-library.ts'
import { fetchAds } from '../../../agent/connectors/meta/ads.ts'
import { imageAddresses, videoAddress } from '../../../agent/connectors/meta/media.ts'
import { collected, graphClient, smallAccount, startSimulator, type TestSimulator } from '../../support/meta.ts'
import { rejection } from '../executors/step-context.ts'

let running: TestSimulator
beforeAll(async () => {
  running = await startSimulator({ accounts: [{ ...smallAccount, ads: 30, oddVideos: { 3: 'missing' } }] })
})
afterAll(() => running.stop())

const ads = (inactive: boolean) => collected(fetchAds(graphClient(running.simulator).client, '1', { inactive }))

describe('ads', () => {
  test('those that run; on demand also those that do not any more', async () => {
    const active = await ads(false)
    const all = await ads(true)
    expect(new Set(active.map(({ status }) => status))).toEqual(new Set(['ACTIVE']))
    expect(all).toHaveLength(30)
    expect(active.length).toBeLessThan(30)
  })

  test('image, video and link are found however the ad was made', async () => {
    const all = await ads(true)
    for (const ad of all) {
      expect(ad.imageHash).toMatch(/^[0-9a-f]{32}$/)
      expect(ad.linkUrl).toContain('/shop/1/')
      expect(ad.thumbnailUrl).toContain('/files/thumbnails/')
    }
    expect(all.filter(({ videoId }) => videoId !== null)).toHaveLength(10)
  })

  test('an address that is no web address is none', async () => {
    const link_data = { link: 'javascript:alert(1)' }
    const creative = { id: '2', object_story_spec: { link_data }, thumbnail_url: 'file:///etc/passwd' }
    const odd: typeof fetch = () => Promise.resolve(Response.json({ data: [{ id: '1', creative }] }))
    const { client } = graphClient(running.simulator, { fetch: odd })
    expect(await collected(fetchAds(client, '1', { inactive: false }))).toMatchObject([
      { linkUrl: null, thumbnailUrl: null },
    ])
  })

  test('a page that is too slow is asked for again with fewer rows', async () => {
    running.simulator.simulation.faults.plan({ at: 'ads', fault: { kind: 'error', code: 2, subcode: 1_504_018 } })
    expect(await ads(true)).toHaveLength(30)
    expect(running.simulator.requests.at(-1)).toContain('limit=50')
  })
})

describe('addresses of files', () => {
  test('of images, by their hashes; what Meta does not know is left out', async () => {
    const [ad] = await ads(true)
    const hash = ad?.imageHash ?? ''
    const found = await imageAddresses(graphClient(running.simulator).client, '1', [hash, 'f'.repeat(32)])
    expect([...found.keys()]).toEqual([hash])
    expect((await fetch(found.get(hash) ?? '')).headers.get('content-type')).toMatch(/^image\//)
  })

  test('of videos; null when the token may not have the file, a failure when there is none', async () => {
    const { client } = graphClient(running.simulator)
    const videos = (await ads(true)).flatMap(({ videoId }) => videoId ?? [])
    expect(await videoAddress(client, videos[0] ?? '')).toContain('.mp4')
    expect(await videoAddress(client, videos[1] ?? '')).toBeNull()
    expect(await rejection(videoAddress(client, '12049999000000001'))).toMatchObject({ kind: 'permission' })
  })
})

test('the Ad Library: by words and by pages, running or stopped', async () => {
  const { client } = graphClient(running.simulator)
  const search = { terms: 'Shoes', pageIds: [], countries: ['DE'], active: 'ALL' } as const
  const all = await collected(searchLibrary(client, search))
  expect(all).toHaveLength(60)
  const running_ = await collected(searchLibrary(client, { ...search, active: 'ACTIVE' }))
  expect(running_.length).toBeLessThan(60)
  expect(running_.every(({ stoppedOn, startedOn }) => stoppedOn === null && startedOn !== null)).toBe(true)
  const ofPage = await collected(searchLibrary(client, { ...search, terms: '', pageIds: ['42'] }))
  expect(new Set(ofPage.map(({ pageId }) => pageId))).toEqual(new Set(['42']))
})
