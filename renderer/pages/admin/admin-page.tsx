import { useEffect } from 'react'
import { useSearchParameters } from '../../app/places.ts'
import { useMay, useSession } from '../../client/context.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import classes from '../page.module.css'
import { ActionsSection } from './actions-section.tsx'
import { BrandsSection } from './brands-section.tsx'
import { FeaturesSection } from './features-section.tsx'
import { SettingsSection } from './settings-section.tsx'
import { StorageSection } from './storage-section.tsx'
import { TokensSection } from './tokens-section.tsx'

/** What organizations have, who may come in, how large the tables are, and what people did. Never gated: here the section is switched on. */
export function AdminPage() {
  const { organizations } = useSession()
  useShownPart()
  if (!useMay('admin')) {
    return (
      <EmptyState title="Admin is for administrators">
        Your token may not change what organizations have. Ask for one with the scope "admin".
      </EmptyState>
    )
  }
  const on = organizations.filter(({ features }) => features.includes('PIPELINE_MANAGER')).length
  return (
    <div className={classes['page']}>
      <AnswerLine>{answerOf(organizations.length, on)}</AnswerLine>
      <FeaturesSection />
      <BrandsSection />
      <SettingsSection />
      <TokensSection />
      <StorageSection />
      <ActionsSection />
    </div>
  )
}

/** `?show=brands`, as the palette leads there, moves to that part, once: the address is then that of the page again. */
function useShownPart(): void {
  const [parameters, change] = useSearchParameters()
  const part = parameters.get('show')
  useEffect(() => {
    if (part === null) return
    const heading = document.getElementById(`admin-${part}`)
    if (heading !== null) {
      heading.tabIndex = -1
      heading.focus({ preventScroll: true })
      heading.scrollIntoView({ block: 'start' })
    }
    change({ show: null }, { replace: true })
  }, [part, change])
}

function answerOf(all: number, on: number): string {
  if (all === 1)
    return on === 1
      ? 'Pipeline Manager is on for the one organization.'
      : 'Pipeline Manager is off for the one organization.'
  if (on === all) return `Pipeline Manager is on for all ${all} organizations.`
  return `Pipeline Manager is on for ${on} of ${all} organizations.`
}
