import { useEffect, useRef } from 'react'
import { tinykeys } from 'tinykeys'
import { useLocation } from 'wouter'
import { notifyDone } from '../components/notify.ts'
import { copyLink, copyLinkTo } from './copy-link.ts'
import { pages } from './pages.ts'
import { pagePath, useDrawer, useNarrowingSearch, useOrganizationId } from './places.ts'
import { usePreferences } from './preferences.tsx'
import { useShell } from './shell.tsx'
import { useThemeChoice } from './theme-choice.ts'
import { nextZone, zoneChoices } from './zone-choice.ts'

/** What the keys do, and what the palette lists as well. */
export interface ShellActions {
  readonly goTo: (page: string) => void
  readonly copyLink: () => void
  readonly nextZone: () => void
  readonly nextTheme: () => void
}

export function useShellActions(): ShellActions {
  const organizationId = useOrganizationId()
  const narrowing = useNarrowingSearch()
  const [, navigate] = useLocation()
  const { opened } = useDrawer()
  const { preferences, prefer } = usePreferences()
  const theme = useThemeChoice()
  return {
    goTo: (page) => navigate(pagePath(organizationId, page, narrowing)),
    copyLink: () => {
      if (opened === null) copyLink(window.location.href.slice(window.location.origin.length))
      else copyLinkTo(opened)
    },
    nextZone: () => {
      const zone = nextZone(preferences.zone)
      prefer({ zone })
      const words = zoneChoices.find(({ value }) => value === zone)
      notifyDone(`Times: ${words?.label ?? zone}.`)
    },
    nextTheme: theme.next,
  }
}

/** What `g` is followed by to where it leads. */
const destinations = new Map(pages.map(({ key, path }) => [key, path]))

/**
 * The keys of the frame. They are heard before the page hears them, so that the `r` of `g r` is not also the "run now" of the row that
 * has the focus. Single keys can be switched off, and mean nothing while somebody types or chooses.
 */
export function useShortcuts(): void {
  const { show } = useShell()
  const { opened, close } = useDrawer()
  const { preferences } = usePreferences()
  const actions = useShellActions()
  const latest = useRef({ actions, close, isOpen: opened !== null, show })
  useEffect(() => {
    latest.current = { actions, close, isOpen: opened !== null, show }
  })
  useEffect(() => {
    const options = { capture: true }
    const palette = tinykeys(
      window,
      { '$mod+k': taking(() => latest.current.show('palette')) },
      { ...options, ignore: () => false },
    )
    const escape = tinykeys(
      window,
      { Escape: (event) => closeOnEscape(event, latest.current) },
      { ...options, ignore: () => false },
    )
    return () => {
      palette()
      escape()
    }
  }, [])
  useEffect(() => {
    if (!preferences.singleKeys) return undefined
    const does = (key: keyof Omit<ShellActions, 'goTo'>) => taking(() => latest.current.actions[key]())
    return tinykeys(
      window,
      {
        'g ([a-z])': taking(({ key }) => {
          const page = destinations.get(key.toLowerCase())
          if (page !== undefined) latest.current.actions.goTo(page)
        }),
        '[Shift]+/': taking(focusSearch),
        '[Shift]+?': taking(() => latest.current.show('keys')),
        t: does('nextZone'),
        d: does('nextTheme'),
        c: does('copyLink'),
      },
      { capture: true, ignore: isElsewhere },
    )
  }, [preferences.singleKeys])
}

/** Nobody behind it hears the key any more. */
function taking(act: (event: KeyboardEvent) => void): (event: KeyboardEvent) => void {
  return (event) => {
    event.preventDefault()
    event.stopPropagation()
    act(event)
  }
}

const typing = 'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"]'
const floating = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]'

/** Keys that belong to a field, a menu or a dialog. */
function isElsewhere({ target, isComposing }: KeyboardEvent): boolean {
  return isComposing || !(target instanceof Element) || target.closest(`${typing}, ${floating}`) !== null
}

function focusSearch(): void {
  const field = [...document.querySelectorAll<HTMLInputElement>('[data-search-field]')].find((one) => isShown(one))
  field?.focus()
  field?.select()
}

function isShown(element: Element): boolean {
  return element.checkVisibility()
}

/**
 * Escape closes the drawer from wherever the focus is, unless something lies on top of it or holds text that nobody has saved
 * (`data-unsaved`). From a field it gives the focus back first.
 */
function closeOnEscape(event: KeyboardEvent, { isOpen, close }: { isOpen: boolean; close: () => void }): void {
  const { target } = event
  if (!isOpen || event.defaultPrevented || event.isComposing || !(target instanceof HTMLElement)) return
  if ([...document.querySelectorAll(floating)].some(isShown)) return
  const drawer = document.querySelector('[data-drawer]')
  if (target.matches(typing)) {
    if (drawer?.contains(target) === true) target.blur()
    return
  }
  const isUnsaved = drawer?.querySelector('[data-unsaved="true"]') instanceof Element
  if (!isUnsaved) close()
}
