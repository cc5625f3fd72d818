import { type ComponentType, lazy } from 'react'

export interface Tab {
  /** Last part of the address. */
  readonly path: string
  readonly label: string
  /** Pressed after `g`. */
  readonly key: string
  readonly Page: ComponentType
}

/** The five tabs, in order. A tab is a folder here and a line in this list; its code is loaded when it is opened. */
export const tabs: readonly Tab[] = [
  {
    path: 'health',
    label: 'Health',
    key: 'h',
    Page: lazy(() => import('./health/health-page.tsx').then((part) => ({ default: part.HealthPage }))),
  },
  {
    path: 'schedules',
    label: 'Schedules',
    key: 's',
    Page: lazy(() => import('./schedules/schedules-page.tsx').then((part) => ({ default: part.SchedulesPage }))),
  },
  {
    path: 'active-jobs',
    label: 'Active jobs',
    key: 'a',
    Page: lazy(() => import('./active-jobs/active-jobs-page.tsx').then((part) => ({ default: part.ActiveJobsPage }))),
  },
  {
    path: 'run-history',
    label: 'Run history',
    key: 'r',
    Page: lazy(() => import('./run-history/run-history-page.tsx').then((part) => ({ default: part.RunHistoryPage }))),
  },
  {
    path: 'freshness-matrix',
    label: 'Freshness matrix',
    key: 'm',
    Page: lazy(() => import('./freshness-matrix/matrix-page.tsx').then((part) => ({ default: part.MatrixPage }))),
  },
]
