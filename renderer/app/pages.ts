import { type ComponentType, lazy } from 'react'
import { tabs } from '../tabs/registry.ts'

export interface Page {
  /** Last part of the address. */
  readonly path: string
  readonly label: string
  /** Pressed after `g`; null = none. */
  readonly key: string | null
  /** Not shown to organizations that have the section switched off. */
  readonly isGated: boolean
  readonly Page: ComponentType
}

export const readinessPage: Page = {
  path: 'readiness',
  label: 'Readiness',
  key: null,
  isGated: true,
  Page: lazy(() => import('../pages/readiness/readiness-page.tsx').then((part) => ({ default: part.ReadinessPage }))),
}

export const adPerformancePage: Page = {
  path: 'ad-performance',
  label: 'Ad performance',
  key: null,
  isGated: true,
  Page: lazy(() =>
    import('../pages/ad-performance/ad-performance-page.tsx').then((part) => ({ default: part.AdPerformancePage })),
  ),
}

export const adSchedulerPage: Page = {
  path: 'ad-scheduler',
  label: 'Ad scheduler',
  key: null,
  isGated: true,
  Page: lazy(() =>
    import('../pages/ad-scheduler/ad-scheduler-page.tsx').then((part) => ({ default: part.AdSchedulerPage })),
  ),
}

/** Pages that consume datasets; the navigation has them below the section. */
export const consumerPages: readonly Page[] = [readinessPage, adPerformancePage, adSchedulerPage]

export const incidentsPage: Page = {
  path: 'incidents',
  label: 'Incidents',
  key: 'i',
  isGated: true,
  Page: lazy(() => import('../pages/incidents/incidents-page.tsx').then((part) => ({ default: part.IncidentsPage }))),
}

export const adminPage: Page = {
  path: 'admin',
  label: 'Admin',
  key: null,
  isGated: false,
  Page: lazy(() => import('../pages/admin/admin-page.tsx').then((part) => ({ default: part.AdminPage }))),
}

export const settingsPage: Page = {
  path: 'settings',
  label: 'Settings',
  key: null,
  isGated: false,
  Page: lazy(() => import('../pages/settings/settings-page.tsx').then((part) => ({ default: part.SettingsPage }))),
}

/** Every page of an organization, in the order of the navigation. */
export const pages: readonly Page[] = [
  ...tabs.map((tab) => ({ ...tab, isGated: true })),
  ...consumerPages,
  incidentsPage,
  adminPage,
  settingsPage,
]

export function pageAt(path: string): Page | null {
  return pages.find((page) => page.path === path) ?? null
}
