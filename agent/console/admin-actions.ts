import { changesBetween } from '../../shared/changes.ts'
import { cleanText } from '../../shared/errors.ts'
import { pageOperatorActions } from '../store/operator-action-pages.ts'
import { requireAdministered } from './admin-access.ts'
import { pageOf, readIdCursor } from './id-cursor.ts'
import { procedures } from './procedures.ts'
import { checkedRange } from './run-filter.ts'

/** Longest text that a value of a filter can have. */
const longest = 200

/** An administrator of one organization is shown its entries alone, whatever was asked for. */
export const actions = procedures.admin.actions.handler(async ({ context, input }) => {
  const { organizationId, cursor, limit } = input
  if (organizationId !== null) await requireAdministered(context, organizationId)
  const { identity, services } = context
  const filter = {
    organizationId: organizationId ?? identity.organizationId,
    // No text of the database holds a NUL; what cannot be asked for finds nothing.
    operator: cleanText(input.operator.trim(), longest),
    subjectTypes: input.subjectTypes.map((type) => cleanText(type, longest)),
    actions: input.actions.map((action) => cleanText(action, longest)),
    text: cleanText(input.text.trim(), longest),
    ...checkedRange(input),
  }
  const page = { before: readIdCursor(cursor), limit: limit + 1 }
  const { rows, nextCursor } = pageOf(await pageOperatorActions(services.database, filter, page), limit)
  return {
    actions: rows.map((action) => ({ ...action, changes: changesBetween(action.before, action.after) })),
    nextCursor,
  }
})
