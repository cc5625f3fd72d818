import { useLocation } from 'wouter'
import { useSearch } from 'wouter/use-browser-location'
import { usePlace } from '../app/places.ts'
import { usePreferences } from '../app/preferences.tsx'
import { notifyUndoable } from '../components/notify.ts'
import { addressOf, type SavedView, shownView, viewPath, viewsOf, whyNotName, whyNotSave } from './saved-views.ts'

/** The saved views of the page that is shown, and what can be done to them. */
export function useSavedViews() {
  const [pathname, navigate] = useLocation()
  const search = useSearch()
  const chosen = usePlace()
  const { preferences, prefer } = usePreferences()
  const { views } = preferences
  const change = (next: (views: readonly SavedView[]) => readonly SavedView[]): void =>
    prefer((before) => ({ views: next(before.views) }))
  return {
    views: viewsOf(views, pathname),
    shown: shownView(views, pathname, search),
    /** Something narrows the page beside the brand. */
    isFiltered: viewPath(pathname, search, false) !== null,
    whyNotSave: (name: string, withBrand: boolean) =>
      whyNotSave(views, viewPath(pathname, search, withBrand) ?? pathname, name),
    whyNotName: (name: string) => whyNotName(views, pathname, name),
    open: (view: SavedView) => navigate(addressOf(view, chosen)),
    save: (name: string, withBrand: boolean) => {
      const path = viewPath(pathname, search, withBrand)
      if (path !== null) change((all) => [...all, { id: crypto.randomUUID(), name: name.trim(), path }])
    },
    rename: (id: string, name: string) =>
      change((all) => all.map((view) => (view.id === id ? { ...view, name: name.trim() } : view))),
    remove: (view: SavedView) => {
      change((all) => all.filter(({ id }) => id !== view.id))
      notifyUndoable(`The view ${view.name} is removed.`, {
        label: 'Undo: put it back',
        run: () => change((all) => [...all.filter(({ id }) => id !== view.id), view]),
      })
    },
  }
}
