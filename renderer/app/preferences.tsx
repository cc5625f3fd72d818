import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { readViews, type SavedView } from '../saved-views/saved-views.ts'

/** What one person prefers on one machine; kept in the browser, never in a URL. */
export interface Preferences {
  /** In which zone instants are shown. `schedule` = the zone of the job they belong to, else mine. */
  readonly zone: 'mine' | 'schedule' | 'utc'
  /** Single-key shortcuts can be switched off (WCAG 2.1.4); Mod+K and Escape stay. */
  readonly singleKeys: boolean
  /** The organization chosen last. */
  readonly organizationId: string | null
  /** Where the palette led last, the newest first. */
  readonly recents: readonly Recent[]
  /** Filters of pages under a name, of all organizations. */
  readonly views: readonly SavedView[]
  /** By organization, the latest event of the notification centre that this device has shown. */
  readonly readEvents: Readonly<Record<string, string>>
}

export interface Recent {
  readonly label: string
  /** From the root of the site. */
  readonly path: string
}

const usual: Preferences = {
  zone: 'mine',
  singleKeys: true,
  organizationId: null,
  recents: [],
  views: [],
  readEvents: {},
}
const mostRecents = 8
const storageKey = 'pipeline-manager.preferences'

type PreferenceChange = Partial<Preferences> | ((before: Preferences) => Partial<Preferences>)

interface Holder {
  readonly preferences: Preferences
  /** A function is given what is preferred by then. */
  readonly prefer: (change: PreferenceChange) => void
}

const PreferencesContext = createContext<Holder | null>(null)

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [preferences, setPreferences] = useState(readStored)
  const value = useMemo(
    () => ({
      preferences,
      prefer: (change: PreferenceChange) =>
        setPreferences((before) => {
          const after = { ...before, ...(typeof change === 'function' ? change(before) : change) }
          store(after)
          return after
        }),
    }),
    [preferences],
  )
  // Another window stores all of them as well: what was kept there would be lost with the next choice made here.
  useEffect(() => {
    const follow = ({ key }: StorageEvent): void => {
      if (key === storageKey) setPreferences(readStored())
    }
    window.addEventListener('storage', follow)
    return () => window.removeEventListener('storage', follow)
  }, [])
  return <PreferencesContext value={value}>{children}</PreferencesContext>
}

export function usePreferences(): Holder {
  const holder = use(PreferencesContext)
  if (holder === null) throw new Error('Used outside of PreferencesProvider.')
  return holder
}

/** A browser may refuse storage, and what is stored may be anything: then it is as if nothing was. */
function readStored(): Preferences {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(storageKey) ?? '{}')
    if (typeof stored !== 'object' || stored === null) return usual
    const zone = 'zone' in stored && (stored.zone === 'utc' || stored.zone === 'schedule') ? stored.zone : usual.zone
    const singleKeys = !('singleKeys' in stored) || stored.singleKeys !== false
    const organizationId =
      'organizationId' in stored && typeof stored.organizationId === 'string' ? stored.organizationId : null
    const recents = 'recents' in stored && Array.isArray(stored.recents) ? stored.recents.filter(isRecent) : []
    const views = 'views' in stored ? readViews(stored.views) : []
    const readEvents = 'readEvents' in stored ? readEventsOf(stored.readEvents) : {}
    return { zone, singleKeys, organizationId, recents: recents.slice(0, mostRecents), views, readEvents }
  } catch {
    return usual
  }
}

/** Only what looks like the number of an event. */
function readEventsOf(stored: unknown): Readonly<Record<string, string>> {
  if (typeof stored !== 'object' || stored === null) return {}
  return Object.fromEntries(
    Object.entries(stored).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && /^\d{1,20}$/.test(entry[1]),
    ),
  )
}

/** Only paths of this site: what is stored may have been changed by anything. */
function isRecent(stored: unknown): stored is Recent {
  if (typeof stored !== 'object' || stored === null || !('label' in stored) || !('path' in stored)) return false
  const { label, path } = stored
  return typeof label === 'string' && typeof path === 'string' && /^\/[a-z]/.test(path)
}

/** The list with this one first. */
export function withRecent(recents: readonly Recent[], recent: Recent): readonly Recent[] {
  return [recent, ...recents.filter(({ path }) => path !== recent.path)].slice(0, mostRecents)
}

function store(preferences: Preferences): void {
  try {
    window.localStorage.setItem(storageKey, JSON.stringify(preferences))
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}
