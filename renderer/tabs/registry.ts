import { askBoard } from '../board/use-board.ts'
import { type LazyPage, lazyPage } from '../pages/lazy-page.tsx'
import { askJobs } from './active-jobs/first-jobs.ts'
import { askSchedules } from './schedules/first-schedules.ts'
import { schedulesTab } from './schedules/parts.ts'

export interface Tab extends LazyPage {
  /** Last part of the address. */
  readonly path: string
  readonly label: string
  /** Pressed after `g`. */
  readonly key: string
}

/** The five tabs, in order. A tab is a folder here and a line in this list; its code is loaded when it is opened. */
export const tabs: readonly Tab[] = [
  {
    path: 'health',
    label: 'Health',
    key: 'h',
    ask: askBoard,
    ...lazyPage(async () => (await import('./health/health-page.tsx')).HealthPage),
  },
  {
    ...schedulesTab,
    key: 's',
    ask: askSchedules,
    ...lazyPage(async () => (await import('./schedules/schedules-page.tsx')).SchedulesPage),
  },
  {
    path: 'active-jobs',
    label: 'Active jobs',
    key: 'a',
    ask: askJobs,
    ...lazyPage(async () => (await import('./active-jobs/active-jobs-page.tsx')).ActiveJobsPage),
  },
  {
    path: 'run-history',
    label: 'Run history',
    key: 'r',
    ...lazyPage(async () => (await import('./run-history/run-history-page.tsx')).RunHistoryPage),
  },
  {
    path: 'freshness-matrix',
    label: 'Freshness matrix',
    key: 'm',
    ask: askBoard,
    ...lazyPage(async () => (await import('./freshness-matrix/matrix-page.tsx')).MatrixPage),
  },
]
