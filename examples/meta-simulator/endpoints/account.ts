import { fieldsOf, picked, type Route } from '../request.ts'

/** https://developers.facebook.com/docs/marketing-api/reference/ad-account/ */
export const accountRoute: Route = {
  endpoint: 'account',
  method: 'GET',
  path: /^\/(act_\d+)$/,
  answer: ({ simulation, parts: [id = ''], query }) => {
    const account = simulation.account(id)
    const row = {
      id: `act_${account.id}`,
      account_id: account.id,
      name: account.name,
      currency: account.currency,
      timezone_name: account.timeZone,
      account_status: 1,
    }
    return picked(row, fieldsOf(query) ?? new Set(['account_id']))
  },
}
