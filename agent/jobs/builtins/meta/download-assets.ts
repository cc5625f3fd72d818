import { z } from 'zod'
import { Problem } from '../../../../shared/errors.ts'
import { DownloadFailure, download } from '../../../connectors/download/download.ts'
import { createGuardedFetch } from '../../../connectors/download/guarded-fetch.ts'
import { GraphFailure } from '../../../connectors/meta/graph-failure.ts'
import { imageAddresses, videoAddress } from '../../../connectors/meta/media.ts'
import { type AssetKind, listWantedAssets, recordAsset, type WantedAsset } from '../../../store/meta-ad-assets.ts'
import type { BuiltinHandler } from '../../executors/builtin.ts'
import { type StepContext, StepFailure, type StepResult } from '../../executors/executor.ts'
import type { BuiltinDependencies } from '../dependencies.ts'
import { type MetaSession, withMeta } from './session.ts'

const settingsSchema = z.looseObject({
  image_megabytes: z.number().positive().max(10_000).default(30),
  video_megabytes: z.number().positive().max(100_000).default(1_024),
})
type Settings = z.output<typeof settingsSchema>

/** Downloads at the same time. */
const lanes = 3
const silenceMs = 60_000
/** Named one by one in the log and in the result, so many at most. */
const mostNamed = 20

/**
 * `run: { builtin: meta_assets, with: { token_env: … } }`: downloads images and videos of the brand's ads that are not
 * there yet, those on which most was spent first. A file that is not what it should be is refused, and a warning; a
 * connection that breaks is a failure, and the next run goes on where it broke.
 */
export function metaAssets(dependencies: BuiltinDependencies): BuiltinHandler {
  return (settings, context) =>
    withMeta(dependencies, settings, context, async (session) => {
      const limits = settingsSchema.safeParse(settings)
      if (!limits.success) {
        throw new StepFailure(
          'configuration',
          'image_megabytes and video_megabytes of the step must be positive numbers.',
        )
      }
      const { host } = new URL(await dependencies.meta.graphUrl())
      const guarded = createGuardedFetch({ allowHosts: [...dependencies.catalog.httpAllowHosts, host] })
      try {
        return await new AssetRound(dependencies, context, session, limits.data, guarded.fetch).run()
      } finally {
        await guarded.stop()
      }
    })
}

class AssetRound {
  readonly #dependencies: BuiltinDependencies
  readonly #context: StepContext
  readonly #session: MetaSession
  readonly #limits: Settings
  readonly #fetch: typeof fetch
  readonly #refused: string[] = []
  readonly #broken: string[] = []
  readonly #stored: Record<AssetKind, number> = { image: 0, video: 0 }
  #bytes = 0

  constructor(
    dependencies: BuiltinDependencies,
    context: StepContext,
    session: MetaSession,
    limits: Settings,
    guardedFetch: typeof fetch,
  ) {
    this.#dependencies = dependencies
    this.#context = context
    this.#session = session
    this.#limits = limits
    this.#fetch = guardedFetch
  }

  async run(): Promise<StepResult> {
    const wanted = [...(await this.#wanted('image')), ...(await this.#wanted('video'))]
    const addresses = await this.#imageAddresses(wanted)
    const waiting = [...wanted]
    let done = 0
    const lane = async (): Promise<void> => {
      for (let asset = waiting.shift(); asset !== undefined; asset = waiting.shift()) {
        await this.#fetchOne(asset, addresses)
        done += 1
        this.#context.progress(done, wanted.length)
      }
    }
    const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
    const failed = ended.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return this.#result(wanted.length)
  }

  #wanted(kind: AssetKind): Promise<WantedAsset[]> {
    const { parameters } = this.#context
    const names = { image: ['download_max_images', 'max_images'], video: ['download_max_videos', 'max_videos'] }[kind]
    const limit = Number(names.map((name) => parameters[name]).find((value) => value !== undefined) ?? 0)
    const inactive = parameters['include_inactive'] === true
    return listWantedAssets(this.#dependencies.database, this.#session.brandId, kind, { inactive, limit })
  }

  async #imageAddresses(wanted: readonly WantedAsset[]): Promise<Map<string, string>> {
    const images = Map.groupBy(
      wanted.filter(({ kind }) => kind === 'image'),
      ({ accountId }) => accountId,
    )
    const all = new Map<string, string>()
    for (const [accountId, assets] of images) {
      const hashes = assets.map(({ sourceId }) => sourceId)
      for (const [hash, url] of await imageAddresses(this.#session.client, accountId, hashes)) all.set(hash, url)
    }
    return all
  }

  async #fetchOne(asset: WantedAsset, images: ReadonlyMap<string, string>): Promise<void> {
    const { database } = this.#dependencies
    const { brandId } = this.#session
    try {
      const url = asset.kind === 'image' ? images.get(asset.sourceId) : await this.#videoAddress(asset.sourceId)
      if (url === undefined) throw new DownloadFailure('refused', 'Meta gives no address for it')
      const file = await this.#download(asset, url)
      await recordAsset(database, brandId, asset, { stored: file })
      this.#stored[asset.kind] += 1
      this.#bytes += file.bytes
    } catch (error) {
      const isBusy = error instanceof Problem && error.code === 'conflict'
      if (!(error instanceof DownloadFailure) && !isBusy) throw error
      const isRefused = error instanceof DownloadFailure && error.kind === 'refused'
      this.#note(isRefused ? this.#refused : this.#broken, asset, error.message)
      if (isRefused) await recordAsset(database, brandId, asset, { refusedBecause: error.message })
    }
  }

  async #videoAddress(videoId: string): Promise<string | undefined> {
    try {
      return (await videoAddress(this.#session.client, videoId)) ?? undefined
    } catch (error) {
      // The video is gone or somebody else's; the others are not.
      if (error instanceof GraphFailure && error.kind === 'permission') return undefined
      throw error
    }
  }

  #download(asset: WantedAsset, url: string) {
    const { jobType } = this.#context.identity
    const megabytes = { image: this.#limits.image_megabytes, video: this.#limits.video_megabytes }[asset.kind]
    return download(url, {
      fetch: this.#fetch,
      storage: this.#dependencies.storage,
      name: `${jobType} ${this.#session.brandId} ${asset.kind} ${asset.sourceId}`,
      kind: asset.kind,
      mostBytes: megabytes * 1024 ** 2,
      silenceMs,
      signal: this.#context.signal,
    })
  }

  #note(list: string[], { kind, sourceId, adName }: WantedAsset, why: string): void {
    const words = `${kind} ${sourceId} of "${adName.slice(0, 80)}": ${why}`
    list.push(words)
    if (list.length <= mostNamed) this.#context.log.write('warn', words)
  }

  #result(wanted: number): StepResult {
    const stored = this.#stored.image + this.#stored.video
    const result: StepResult = {
      recordsAffected: stored,
      metadata: {
        images: this.#stored.image,
        videos: this.#stored.video,
        bytes: this.#bytes,
        refused: this.#refused.slice(0, mostNamed),
      },
    }
    const refused = listed(this.#refused, 'refused')
    if (this.#broken.length > 0) {
      const message = [listed(this.#broken, 'not downloaded'), refused].filter((text) => text !== '').join(' ')
      throw new StepFailure('retryable', message, { partial: result })
    }
    this.#context.log.write('info', `${stored} of ${wanted} files stored.`)
    return refused === '' ? result : { ...result, warning: refused }
  }
}

/** `2 files refused: …; …` */
function listed(files: readonly string[], what: string): string {
  if (files.length === 0) return ''
  const shown = files.slice(0, 3).join('; ')
  const more = files.length > 3 ? `; and ${files.length - 3} more` : ''
  return `${files.length} ${files.length === 1 ? 'file' : 'files'} ${what}: ${shown}${more}.`
}
