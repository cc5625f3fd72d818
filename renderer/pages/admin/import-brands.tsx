import { Button, FileButton, Group, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { ImportedLine } from '../../../shared/contract/admin.ts'
import { useQueries } from '../../client/context.tsx'
import { counted } from '../../components/counts.ts'
import { Failure } from '../../components/failure.tsx'
import { notifyDone, notifyFailure } from '../../components/notify.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { Name } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import own from './admin.module.css'
import { refreshBrands } from './use-brand-commands.ts'

const example = 'brand,ad_account,account_name,primary,dataset,max_age_hours,groups'
/** What the server takes (`admin.importBrands` of the contract). */
const mostCharacters = 1_000_000

/** Many at once: first what each line would do, then, when all are good and a person says so, all of it. */
export function ImportBrands({ organizationId, whyNot }: { organizationId: string; whyNot: string | null }) {
  const [csv, setCsv] = useState('')
  const resetFile = useRef<() => void>(null)
  const queries = useQueries()
  const cache = useQueryClient()
  const check = useMutation(queries.admin.importBrands.mutationOptions())
  const apply = useMutation(
    queries.admin.importBrands.mutationOptions({
      onError: notifyFailure,
      onSettled: () => refreshBrands(cache, queries),
    }),
  )
  const change = (text: string): void => {
    setCsv(text)
    check.reset()
  }
  const read = async (file: File | null): Promise<void> => {
    // The same file, corrected meanwhile, may be chosen again.
    resetFile.current?.()
    const text = await file?.text().catch(notifyFailure)
    if (text !== undefined) change(text)
  }
  // What stands where bytes were that are no UTF-8.
  const isGarbled = csv.includes('\uFFFD')
  const lines = check.data?.lines ?? null
  const finish = (): void =>
    apply.mutate(
      { organizationId, csv, apply: true },
      {
        onSuccess: (answer) => {
          // Somebody may have changed something since the check: then its lines say what is bad now.
          if (!answer.applied) return check.mutate({ organizationId, csv })
          notifyDone(`Imported ${counted(answer.lines.length, 'line')}.`)
          change('')
          return undefined
        },
      },
    )
  return (
    <details className={own['import']}>
      <summary>Import from CSV</summary>
      <p>
        A line for each brand, ad account or maximum age; the first names the columns, of which only <code>brand</code>{' '}
        is needed: <code className={classes['code']}>{example}</code> Several groups are separated by semicolons.
      </p>
      <Textarea
        label="CSV"
        autosize
        minRows={4}
        maxRows={14}
        value={csv}
        maxLength={mostCharacters}
        disabled={whyNot !== null}
        classNames={{ input: 'pm-mono' }}
        error={isGarbled ? 'The file is not UTF-8; save it as CSV UTF-8.' : null}
        onChange={(event) => change(event.currentTarget.value)}
      />
      <Group gap="xs" my="sm">
        <FileButton accept=".csv,text/csv" resetRef={resetFile} onChange={(file) => void read(file)}>
          {(button) => (
            <Button variant="default" disabled={whyNot !== null} {...button}>
              Choose a file
            </Button>
          )}
        </FileButton>
        <Button
          variant="default"
          loading={check.isPending}
          disabled={whyNot !== null || csv.trim() === '' || isGarbled}
          onClick={() => check.mutate({ organizationId, csv })}
        >
          Check
        </Button>
      </Group>
      {check.error !== null && <Failure error={check.error} called="once" />}
      {lines !== null && <Outcome lines={lines} isPending={apply.isPending} onApply={finish} />}
    </details>
  )
}

function Outcome(props: { lines: readonly ImportedLine[]; isPending: boolean; onApply: () => void }) {
  const { lines, isPending, onApply } = props
  const count = (outcome: ImportedLine['outcome']): number => lines.filter((line) => line.outcome === outcome).length
  const [bad, changes] = [count('bad'), count('changes')]
  return (
    <>
      <p role="status">
        {bad > 0
          ? `${counted(bad, 'line')} of ${lines.length} cannot be imported; nothing is done until all can.`
          : changes === 0
            ? 'Everything is so already.'
            : `${counted(changes, 'line')} of ${lines.length} would change something. Nothing is done yet.`}
      </p>
      {bad === 0 && changes > 0 && (
        <Button mb="sm" loading={isPending} onClick={onApply}>
          Import {counted(lines.length, 'line')}
        </Button>
      )}
      <div
        className={`${classes['wide']} ${own['outcome']}`}
        tabIndex={0}
        role="region"
        aria-label="What each line does"
      >
        <table className={classes['table']}>
          <caption className="pm-visually-hidden">What each line does</caption>
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col">Brand</th>
              <th scope="col">What it does</th>
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, mostShown).map((line) => (
              <tr key={line.line}>
                <td>{line.line}</td>
                <td>
                  <Name text={line.brand} none="none" />
                </td>
                <td>
                  <What line={line} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

/** The page of a person; the bad ones are counted whole. */
const mostShown = 500

function What({ line: { outcome, words, problem } }: { line: ImportedLine }) {
  if (problem !== null) {
    return (
      <>
        <StateMark state="failed" word="Bad" withWord /> <strong>{problem.field}</strong>
        {problem.value !== '' && (
          <>
            {' '}
            <bdi>“{problem.value}”</bdi>
          </>
        )}
        : {problem.message} {problem.fix}
      </>
    )
  }
  return outcome === 'same' ? <span className="pm-dim">Is so already.</span> : words.join(' ')
}
