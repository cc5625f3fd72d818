import type pg from 'pg'
import { insert } from './job-rows.ts'

/** A hook whose secret nobody knows. Returns its id. */
export async function addHook(client: pg.ClientBase, brandId: string): Promise<string> {
  return insert(client, 'hooks', {
    brand_id: brandId,
    name: 'Hook',
    style: 'standard',
    job_type: 'meta_sync',
    sealed_secret: Buffer.alloc(40),
    changed_by: 'test',
  })
}
