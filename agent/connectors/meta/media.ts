import { z } from 'zod'
import { accountPath } from './accounts.ts'
import type { GraphClient } from './graph-client.ts'

/*
 * Addresses of the files behind image hashes and video ids. They are signed and stop working after some time, so they
 * are asked for when the file is wanted, and never kept.
 */

const images = z.object({ data: z.array(z.object({ hash: z.string(), url: z.string().optional() })) })
const video = z.object({ source: z.string().optional() })

const hashesPerRequest = 50

/**
 * https://developers.facebook.com/docs/marketing-api/reference/ad-account/adimages/ ; what Meta does not know is not in
 * the map.
 */
export async function imageAddresses(
  client: GraphClient,
  accountId: string,
  hashes: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let start = 0; start < hashes.length; start += hashesPerRequest) {
    const query = { hashes: hashes.slice(start, start + hashesPerRequest), fields: 'hash,url', limit: hashesPerRequest }
    const { data } = await client.get(`${accountPath(accountId)}/adimages`, query, images)
    for (const { hash, url } of data) if (url !== undefined) found.set(hash, url)
  }
  return found
}

/** https://developers.facebook.com/docs/graph-api/reference/video/ ; null when this token may not have the file. */
export async function videoAddress(client: GraphClient, videoId: string): Promise<string | null> {
  const { source } = await client.get(`/${videoId}`, { fields: 'source' }, video)
  return source ?? null
}
