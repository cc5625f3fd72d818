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

export const incidentsPage: Page = {
  path: 'incidents',
  label: 'Incidents',
  key: 'i',
  isGated: true,
  Page: lazy(() => import('../pages/incidents/incidents-page.tsx').then((part) => ({ default: part.IncidentsPage }))),
}

export const notificationsPage: Page = {
  path: 'notifications',
  label: 'Notifications',
  key: 'n',
  isGated: true,
  Page: lazy(() =>
    import('../pages/notifications/notifications-page.tsx').then((part) => ({ default: part.NotificationsPage })),
  ),
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
  readinessPage,
  incidentsPage,
  notificationsPage,
  adminPage,
  settingsPage,
]

export function pageAt(path: string): Page | null {
  return pages.find((page) => page.path === path) ?? null
}
