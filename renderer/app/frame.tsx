import { lazy, memo, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { BackfillingProvider } from '../backfills/backfilling.tsx'
import { HoldBanner } from '../holds/hold-banner.tsx'
import { HoldingProvider } from '../holds/holding.tsx'
import { GivingProvider } from '../incidents/giving.tsx'
import { MutingProvider } from '../mutes/muting.tsx'
import { GatedPage } from '../pages/gated.tsx'
import { NotFound } from '../pages/not-found.tsx'
import { UnknownBrand, UnknownGroup } from '../pages/unknown-brand.tsx'
import { Asked, AskProvider } from './ask.tsx'
import { ChannelNotices } from './channel-notices.tsx'
import { CommandsProvider } from './commands.tsx'
import { DatabaseBanner } from './database-banner.tsx'
import { DetailsDrawer } from './drawer.tsx'
import classes from './frame.module.css'
import { Header } from './header/header.tsx'
import { Navigation } from './navigation/navigation.tsx'
import { useOrganization, useUnknownNarrowing } from './organization.ts'
import { PageFailure } from './page-failure.tsx'
import { pageAt } from './pages.ts'
import { SampleBanner } from './sample-banner.tsx'
import { useScrollMemory } from './scroll-memory.ts'
import { ShellProvider, useShell } from './shell.tsx'
import { useShortcuts } from './shortcuts.ts'
import { useTitle } from './title.ts'

const loadPalette = () => import('./palette/palette.tsx').then((part) => ({ default: part.Palette }))
const Palette = lazy(loadPalette)
/** When the page has settled, ms: whoever presses Mod+K types on at once. */
const settledMs = 1_500
const NavigationDrawer = lazy(() =>
  import('./navigation/navigation-drawer.tsx').then((part) => ({ default: part.NavigationDrawer })),
)
const KeysDialog = lazy(() => import('./keys-dialog.tsx').then((part) => ({ default: part.KeysDialog })))

/** Navigation on the left, the header above, the page, and details on the right. Nothing of it follows from what stands around it. */
export const Frame = memo(function Frame({ page }: { page: string }) {
  return (
    <ShellProvider>
      <CommandsProvider>
        <AskProvider page={page}>
          <MutingProvider>
            <GivingProvider>
              <HoldingProvider>
                <BackfillingProvider>
                  <Layout page={page} />
                </BackfillingProvider>
              </HoldingProvider>
            </GivingProvider>
          </MutingProvider>
        </AskProvider>
      </CommandsProvider>
    </ShellProvider>
  )
})

function Layout({ page }: { page: string }) {
  const organization = useOrganization()
  const found = pageAt(page)
  const main = useRef<HTMLElement>(null)
  useShortcuts()
  useTitle(found?.label ?? 'Not found')
  useFocusOnNavigation(main, page)
  useScrollMemory(main)
  const isClosed = found?.isGated === true && !organization.hasSection
  // The pages of the section are those that a brand narrows.
  const unknown = useUnknownNarrowing()
  const Lost =
    unknown === null || found?.isGated !== true ? null : { brand: UnknownBrand, group: UnknownGroup }[unknown]
  const Page = found === null ? NotFound : isClosed ? GatedPage : (Lost ?? found.Page)
  return (
    <div className={classes['frame']}>
      <a className={classes['skip']} href="#content">
        Skip to the content
      </a>
      <nav className={classes['navigation']} aria-label="Main">
        <Navigation page={page} />
      </nav>
      <Header page={page} />
      <DatabaseBanner />
      <main ref={main} id="content" className={classes['main']} tabIndex={-1}>
        <SampleBanner />
        <ChannelNotices />
        <HoldBanner />
        <PageFailure key={`${organization.id} ${page}`}>
          <Page />
        </PageFailure>
      </main>
      <div className={classes['asked']}>
        <Asked />
      </div>
      {!isClosed && (
        <PageFailure key={`details ${organization.id} ${page}`}>
          <DetailsDrawer />
        </PageFailure>
      )}
      <Overlays page={page} />
    </div>
  )
}

/** What lies on top, loaded when it is opened for the first time. */
function Overlays({ page }: { page: string }): ReactNode {
  const { overlay, show } = useShell()
  useEffect(() => {
    const timer = setTimeout(() => {
      // Should it fail, opening the palette tries again and says so.
      loadPalette().catch(() => undefined)
    }, settledMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Suspense fallback={null}>
      {overlay === 'palette' && <Palette onClose={() => show(null)} />}
      {overlay === 'keys' && <KeysDialog onClose={() => show(null)} />}
      {overlay === 'navigation' && <NavigationDrawer page={page} onClose={() => show(null)} />}
    </Suspense>
  )
}

/** A reader of the screen hears the new page, and the next Tab goes into it. */
function useFocusOnNavigation(main: { current: HTMLElement | null }, page: string): void {
  const before = useRef(page)
  useEffect(() => {
    if (before.current === page) return
    before.current = page
    main.current?.focus({ preventScroll: true })
  }, [main, page])
}
