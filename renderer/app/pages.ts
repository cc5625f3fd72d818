import { type LazyPage, lazyPage } from '../pages/lazy-page.tsx'
import { tabs } from '../tabs/registry.ts'

export interface Page extends LazyPage {
  /** Last part of the address. */
  readonly path: string
  readonly label: string
  /** Pressed after `g`; null = none. */
  readonly key: string | null
  /** Not shown to organizations that have the section switched off. */
  readonly isGated: boolean
}

export const readinessPage: Page = {
  path: 'readiness',
  label: 'Readiness',
  key: null,
  isGated: true,
  ...lazyPage(async () => (await import('../pages/readiness/readiness-page.tsx')).ReadinessPage),
}

export const reportPage: Page = {
  path: 'report',
  label: 'Freshness report',
  key: null,
  isGated: true,
  ...lazyPage(async () => (await import('../pages/report/report-page.tsx')).ReportPage),
}

export const adPerformancePage: Page = {
  path: 'ad-performance',
  label: 'Ad performance',
  key: null,
  isGated: true,
  ...lazyPage(async () => (await import('../pages/ad-performance/ad-performance-page.tsx')).AdPerformancePage),
}

export const adSchedulerPage: Page = {
  path: 'ad-scheduler',
  label: 'Ad scheduler',
  key: null,
  isGated: true,
  ...lazyPage(async () => (await import('../pages/ad-scheduler/ad-scheduler-page.tsx')).AdSchedulerPage),
}

/** Pages that consume datasets; the navigation has them below the section. */
export const consumerPages: readonly Page[] = [readinessPage, reportPage, adPerformancePage, adSchedulerPage]

export const sourcesPage: Page = {
  path: 'sources',
  label: 'Sources',
  key: null,
  isGated: true,
  ...lazyPage(async () => (await import('../pages/sources/sources-page.tsx')).SourcesPage),
}

export const incidentsPage: Page = {
  path: 'incidents',
  label: 'Incidents',
  key: 'i',
  isGated: true,
  ...lazyPage(async () => (await import('../pages/incidents/incidents-page.tsx')).IncidentsPage),
}

export const notificationsPage: Page = {
  path: 'notifications',
  label: 'Notifications',
  key: 'n',
  isGated: true,
  ...lazyPage(async () => (await import('../pages/notifications/notifications-page.tsx')).NotificationsPage),
}

export const adminPage: Page = {
  path: 'admin',
  label: 'Admin',
  key: null,
  isGated: false,
  ...lazyPage(async () => (await import('../pages/admin/admin-page.tsx')).AdminPage),
}

export const settingsPage: Page = {
  path: 'settings',
  label: 'Settings',
  key: null,
  isGated: false,
  ...lazyPage(async () => (await import('../pages/settings/settings-page.tsx')).SettingsPage),
}

/** Every page of an organization, in the order of the navigation. */
export const pages: readonly Page[] = [
  ...tabs.map((tab) => ({ ...tab, isGated: true })),
  ...consumerPages,
  sourcesPage,
  incidentsPage,
  notificationsPage,
  adminPage,
  settingsPage,
]

export function pageAt(path: string): Page | null {
  return pages.find((page) => page.path === path) ?? null
}
