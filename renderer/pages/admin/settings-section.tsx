import { Button, Checkbox, FileButton, Group } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type RefObject, useRef, useState } from 'react'
import { useOrganization } from '../../app/organization.ts'
import { useClient, useQueries } from '../../client/context.tsx'
import { failureOf } from '../../client/queries.ts'
import { counted } from '../../components/counts.ts'
import { notifyDone, notifyFailure } from '../../components/notify.ts'
import { saveFile } from '../../components/save-file.ts'
import { useDownload } from '../../components/use-download.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import own from './admin.module.css'
import { AppliedSettings, mostShown, SettingsPlan } from './settings-plan.tsx'

/** What a body of a call may hold, less what JSON adds to a text. */
const mostBytes = 900_000

interface Wish {
  readonly fileName: string
  readonly text: string
  readonly prune: boolean
  readonly createBrands: boolean
}

/** The settings of the organization as a file for review, and a file as its settings: shown first, then applied. */
export function SettingsSection() {
  const { id: organizationId, name } = useOrganization()
  const whyNot = useWhyNot('admin')
  return (
    <section className={classes['section']} aria-labelledby="admin-code">
      <h2 id="admin-code">Settings as code</h2>
      <p>
        Schedules, maximum ages, triggers, routes and mutes of {name.slice(0, 80)} as one file, to keep under review in
        git, to copy to another organization, and to see what differs. The same on the command line:{' '}
        <code className={classes['code']}>pm export</code> and <code className={classes['code']}>pm apply</code>.
      </p>
      <FromFile key={organizationId} organizationId={organizationId} name={name} whyNot={whyNot} />
    </section>
  )
}

function FromFile(props: { organizationId: string; name: string; whyNot: string | null }) {
  const { organizationId, name, whyNot } = props
  const queries = useQueries()
  const cache = useQueryClient()
  const [wish, setWish] = useState<Wish | null>(null)
  const [refusal, setRefusal] = useState<string | null>(null)
  const resetFile = useRef<() => void>(null)
  const plan = useMutation(queries.settings.plan.mutationOptions())
  const apply = useMutation(
    queries.settings.apply.mutationOptions({
      onError: notifyFailure,
      // Whatever is on screen may have been changed by it.
      onSettled: () => cache.invalidateQueries(),
    }),
  )
  const show = (next: Wish): void => {
    setWish(next)
    apply.reset()
    plan.mutate({ organizationId, ...next })
  }
  const read = async (file: File | null): Promise<void> => {
    // The same file, corrected meanwhile, may be chosen again.
    resetFile.current?.()
    if (file === null) return
    plan.reset()
    setRefusal(null)
    setWish(null)
    if (file.size > mostBytes)
      return setRefusal(`${file.name} is too large for the console; pm apply takes up to 4 MB.`)
    const text = await file.text().catch(notifyFailure)
    if (text === undefined) return
    if (text.includes('\uFFFD')) return setRefusal(`${file.name} is not UTF-8; save it as UTF-8.`)
    const { prune = false, createBrands = false } = wish ?? {}
    show({ fileName: file.name.slice(0, 200), text, prune, createBrands })
  }
  const finish = (): void => {
    const { data, variables } = plan
    if (data === undefined || variables === undefined) return
    const changes = data.changes.slice(0, mostShown).map(({ id, seen }) => ({ id, seen }))
    apply.mutate(
      { ...variables, changes },
      { onSuccess: ({ applied }) => notifyDone(`Applied ${counted(applied, 'change')} to ${name.slice(0, 80)}.`) },
    )
  }
  return (
    <>
      <Group gap="xs" mb="sm">
        <DownloadButton organizationId={organizationId} name={name} />
        <ChooseButton reset={resetFile} whyNot={whyNot} onFile={(file) => void read(file)} />
      </Group>
      {refusal !== null && <p role="alert">{refusal}</p>}
      {wish !== null && <Wishes wish={wish} onChange={show} />}
      {plan.isPending && <p role="status">Comparing…</p>}
      {plan.error !== null && <Faults text={failureOf(plan.error, 'once').message} />}
      {plan.data !== undefined && apply.data === undefined && (
        <SettingsPlan plan={plan.data} isPending={apply.isPending} whyNot={whyNot} onApply={finish} />
      )}
      {plan.data !== undefined && apply.data !== undefined && (
        <AppliedSettings
          plan={plan.data}
          applied={apply.data}
          onCompare={() => {
            if (wish !== null) show(wish)
          }}
        />
      )}
    </>
  )
}

function Wishes({ wish, onChange }: { wish: Wish; onChange: (next: Wish) => void }) {
  return (
    <Group gap="md" mb="sm">
      <bdi>{wish.fileName}</bdi>
      <Checkbox
        label="Make brands that are not there"
        checked={wish.createBrands}
        onChange={(event) => onChange({ ...wish, createBrands: event.currentTarget.checked })}
      />
      <Checkbox
        label="Take away what the file does not name"
        checked={wish.prune}
        onChange={(event) => onChange({ ...wish, prune: event.currentTarget.checked })}
      />
    </Group>
  )
}

function ChooseButton(props: {
  reset: RefObject<(() => void) | null>
  whyNot: string | null
  onFile: (file: File | null) => void
}) {
  return (
    <FileButton
      accept=".yaml,.yml,.json,application/yaml,application/json"
      resetRef={props.reset}
      onChange={props.onFile}
    >
      {(button) => (
        <Button variant="default" disabled={props.whyNot !== null} {...button}>
          Compare with a file
        </Button>
      )}
    </FileButton>
  )
}

/** Everything that is wrong with a file, each with its line. */
function Faults({ text }: { text: string }) {
  const lines = text.split('\n')
  return (
    <div role="alert">
      <p>Nothing was changed: {lines.length === 1 ? 'this has' : 'these have'} to be put right first.</p>
      <ul className={own['faults']}>
        {lines.map((line) => (
          <li key={line}>
            <bdi>{line}</bdi>
          </li>
        ))}
      </ul>
    </div>
  )
}

function DownloadButton({ organizationId, name }: { organizationId: string; name: string }) {
  const client = useClient()
  const { isRunning, start } = useDownload(async (signal) => {
    const { yaml, settings, notes } = await client.settings.export({ organizationId }, { signal })
    saveFile(`${fileNameOf(name)}.yaml`, new Blob([yaml], { type: 'application/yaml' }))
    notifyDone([`Exported ${counted(settings, 'setting')}.`, ...notes.slice(0, 5)].join(' '))
  })
  return (
    <Button variant="default" loading={isRunning} onClick={start}>
      Download as YAML
    </Button>
  )
}

function fileNameOf(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-')
  return plain.slice(0, 60).replaceAll(/^-+|-+$/g, '') || 'settings'
}
