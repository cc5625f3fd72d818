import { tooMuchData, unknownObject } from '../graph-error.ts'
import type { Route } from '../request.ts'
import type { Report, Simulation } from '../simulation.ts'
import { insightsPage, rowsAskedFor } from './insights.ts'

/*
 * Asynchronous insights: https://developers.facebook.com/docs/marketing-api/insights/best-practices/#asynchronous . A
 * report run is asked for by POST, polled by its id, and read like any insights once it is completed.
 */

/** How often its state is asked for before it is completed. */
const pollsUntilDone = 2

export const reportRoutes: readonly Route[] = [
  {
    endpoint: 'report',
    method: 'POST',
    path: /^\/(act_\d+)\/insights$/,
    answer: ({ simulation, parts: [id = ''], query }) => {
      const account = simulation.account(id)
      rowsAskedFor(simulation, account, query)
      return { report_run_id: simulation.addReport(account, query).id }
    },
  },
  {
    endpoint: 'report',
    method: 'GET',
    path: /^\/(6\d{15})$/,
    answer: ({ simulation, parts: [id = ''] }) => {
      const report = reportOf(simulation, id)
      report.polls += 1
      return { id, account_id: report.account.id, ...stateOf(simulation, report) }
    },
  },
  {
    endpoint: 'insights',
    method: 'GET',
    path: /^\/(6\d{15})\/insights$/,
    answer: (request) => {
      const report = reportOf(request.simulation, request.parts[0] ?? '')
      return insightsPage(request, report.account, report.query)
    },
  },
]

function reportOf(simulation: Simulation, id: string): Report {
  const report = simulation.reports.get(id)
  if (report === undefined) throw unknownObject(id)
  return report
}

function stateOf(simulation: Simulation, { account, query, polls }: Report): object {
  if (polls < pollsUntilDone) {
    return { async_status: 'Job Running', async_percent_completion: Math.round((polls / pollsUntilDone) * 100) }
  }
  if (rowsAskedFor(simulation, account, query) > simulation.mostRows) {
    const { code: error_code, subcode: error_subcode } = tooMuchData
    const words = { error_message: 'The report asks for too much data.' }
    return { async_status: 'Job Failed', async_percent_completion: 100, error_code, error_subcode, ...words }
  }
  return { async_status: 'Job Completed', async_percent_completion: 100 }
}
