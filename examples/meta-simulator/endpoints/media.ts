import { invalidParameter, unknownObject } from '../graph-error.ts'
import { fieldsOf, picked, type Route } from '../request.ts'

/** Addresses of images and of the files of videos. */
export const mediaRoutes: readonly Route[] = [
  {
    // https://developers.facebook.com/docs/marketing-api/reference/ad-account/adimages/ with `hashes=["…"]`
    endpoint: 'images',
    method: 'GET',
    path: /^\/(act_\d+)\/adimages$/,
    answer: ({ simulation, parts: [id = ''], query, url }) => {
      const account = simulation.account(id)
      const fields = fieldsOf(query)
      const rows = hashesOf(query).flatMap((hash) => {
        const ad = simulation.world.adOfImage(hash)
        if (ad === null || ad.account.id !== account.id) return []
        const file = `${url.origin}/files/images/${hash}.${imageKind(hash)}`
        return [
          picked({ id: `${account.id}:${hash}`, hash, url: file, width: 96, height: 96, status: 'ACTIVE' }, fields),
        ]
      })
      return { data: rows }
    },
  },
  {
    // https://developers.facebook.com/docs/graph-api/reference/video/ : `source` is left out for who may not see the file.
    endpoint: 'video',
    method: 'GET',
    path: /^\/(1204\d{13})$/,
    answer: ({ simulation, parts: [id = ''], query, url }) => {
      const ad = simulation.world.adOfVideo(id)
      if (ad === null || ad.account.permitted === false) throw unknownObject(id)
      const odd = ad.account.oddVideos?.[ad.index]
      const source = odd === 'missing' ? {} : { source: `${url.origin}/files/videos/${id}.mp4?oe=6700000` }
      return picked({ id, length: 2, ...source }, fieldsOf(query))
    },
  },
]

function hashesOf(query: URLSearchParams): string[] {
  const hashes: unknown = JSON.parse(query.get('hashes') ?? '[]')
  if (!Array.isArray(hashes) || hashes.length > 1_000) throw invalidParameter('param hashes must be an array')
  return hashes.map(String)
}

/** Every second image is a JPEG. */
export function imageKind(hash: string): 'png' | 'jpg' {
  return Number.parseInt(hash.slice(11, 12), 16) % 2 === 0 ? 'png' : 'jpg'
}
