import { sourcesPage } from '../../app/pages.ts'
import { useSearchParameters } from '../../app/places.ts'
import { PartsNav } from '../../components/parts-nav.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import { sourcesLabels, sourcesParts } from './parts.ts'
import { reportOriginNote } from './report-origin.ts'
import { sourcesSections } from './sections.ts'
import own from './sources.module.css'
import { SourcesAnswer } from './sources-answer.tsx'

const parts = sourcesParts.map((key) => ({ key, label: sourcesLabels[key] }))

/** How other programs report what they did to datasets. Each way has its own address. */
export function SourcesPage() {
  const [parameters] = useSearchParameters()
  const wanted = parameters.get('show')
  const shown = sourcesParts.find((part) => part === wanted) ?? sourcesParts[0]
  const Section = sourcesSections[shown]
  const whyNot = useWhyNot()
  const note = reportOriginNote(window.location.origin, shown)
  return (
    <>
      <SourcesAnswer part={shown} />
      <PartsNav page={sourcesPage} parts={parts} shown={shown} />
      {whyNot !== null && <p className={own['whyNot']}>{whyNot}</p>}
      {note !== null && <p className={own['whyNot']}>{note}</p>}
      <div className={classes['page']}>
        <Section />
      </div>
    </>
  )
}
