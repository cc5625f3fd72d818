import { useLocation } from 'wouter'
import { usePreferences, withRecent } from '../preferences.tsx'
import type { PaletteItem } from './ranking.ts'

/** An item that leads somewhere, and is remembered. */
export function useGoing(): (item: Omit<PaletteItem, 'run'> & { path: string }) => PaletteItem {
  const [, navigate] = useLocation()
  const { preferences, prefer } = usePreferences()
  return (item) => ({
    ...item,
    run: () => {
      prefer({ recents: withRecent(preferences.recents, { label: item.label.slice(0, 200), path: item.path }) })
      navigate(item.path)
    },
  })
}
