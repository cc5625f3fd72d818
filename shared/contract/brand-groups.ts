import { z } from 'zod'
import { administering } from './base.ts'
import { groupName, id } from './words.ts'

/** What administrators do to the groups of brands; part of `admin`. */
export const brandGroups = {
  /** Adds groups to brands and takes others away, all of it or nothing; a group is there while a brand carries it. */
  changeGroups: administering
    .route({
      method: 'POST',
      path: '/admin/organizations/{organizationId}/brand-groups',
      tags: ['admin'],
      summary: 'Adds groups to brands, and takes groups away from them.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        organizationId: id,
        brandIds: z.array(id).min(1).max(2_000),
        /** 1 to 40 characters each, 20 for a brand at most. One that others carry is written as they have it. */
        add: z.array(groupName).max(20).default([]),
        remove: z.array(groupName).max(100).default([]),
      }),
    )
    .output(
      z.object({
        /** Brands of which something changed, and what: the other way round it is the way back. */
        changed: z.array(
          z.object({ brandId: id, name: z.string(), added: z.array(z.string()), removed: z.array(z.string()) }),
        ),
      }),
    ),
  /** For all of its brands and in the routes that follow it. What names it elsewhere (addresses, saved views, files) does not follow. */
  renameGroup: administering
    .route({
      method: 'POST',
      path: '/admin/organizations/{organizationId}/brand-groups/rename',
      tags: ['admin'],
      summary: 'Gives a group of brands another name.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        organizationId: id,
        group: groupName,
        name: groupName,
        /** Whether both become one when there is a group of that name; otherwise that is a CONFLICT. */
        joins: z.boolean().default(false),
      }),
    )
    .output(
      z.object({
        /** Of which something changed. */
        brands: z.number().int(),
        /** Routes that followed the old name. */
        routes: z.number().int(),
      }),
    ),
}
