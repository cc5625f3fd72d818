import { Button, Skeleton } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { RunArtifactRow } from '../../../shared/contract/runs.ts'
import { type Scorecard, scorecardSchema } from '../../../shared/scorecard.ts'
import { formatBytes } from '../../../shared/storage.ts'
import { useQueries } from '../../client/context.tsx'
import { Failure } from '../../components/failure.tsx'
import { saveFile } from '../../components/save-file.ts'
import classes from './run-details.module.css'
import { ScorecardView } from './scorecard-view.tsx'

/** Characters of a file that are shown; it can be saved whole. */
const mostShown = 100_000

/** What the run made: what this console knows is shown as what it is, the rest as text; everything can be saved. */
export function RunArtifacts({ runId, artifacts }: { runId: string; artifacts: readonly RunArtifactRow[] }) {
  const known = artifacts.find(({ name }) => name === 'scorecard.json')
  const shown = known ?? artifacts.find(({ mediaType }) => mediaType.startsWith('text/')) ?? artifacts[0]
  return (
    <div className={classes['body']}>
      <ul className={classes['files']} aria-label="Files of the run">
        {artifacts.map((artifact) => (
          <li key={artifact.name}>
            <SaveButton runId={runId} artifact={artifact} />
          </li>
        ))}
      </ul>
      {shown !== undefined && <Content key={shown.name} runId={runId} artifact={shown} />}
    </div>
  )
}

function useContent(runId: string, name: string, enabled: boolean) {
  return useQuery(useQueries().runs.artifact.queryOptions({ input: { runId, name }, enabled }))
}

function SaveButton({ runId, artifact: { name, mediaType, bytes } }: { runId: string; artifact: RunArtifactRow }) {
  const content = useContent(runId, name, false)
  const save = async (): Promise<void> => {
    const { data } = await content.refetch()
    if (data !== undefined) saveFile(name, new Blob([data.text], { type: mediaType }))
  }
  return (
    <>
      <Button
        variant="default"
        size="xs"
        loading={content.isFetching}
        leftSection={<IconDownload size={14} aria-hidden />}
        onClick={() => void save()}
      >
        Save {name.slice(0, 80)}
      </Button>
      <span className="pm-dim">{formatBytes(bytes)}</span>
      {content.error !== null && <Failure error={content.error} onRetry={() => void save()} />}
    </>
  )
}

function Content({ runId, artifact: { name } }: { runId: string; artifact: RunArtifactRow }) {
  const content = useContent(runId, name, true)
  if (content.error !== null && content.data === undefined) {
    return <Failure error={content.error} onRetry={() => void content.refetch()} />
  }
  if (content.data === undefined) return <Skeleton height={240} />
  const scorecard = scorecardIn(content.data.text)
  if (scorecard !== null) return <ScorecardView scorecard={scorecard} />
  return (
    <pre className={classes['text']} tabIndex={0} role="region" aria-label={name.slice(0, 100)} dir="auto">
      {content.data.text.slice(0, mostShown)}
    </pre>
  )
}

/** Null = it is something else. */
function scorecardIn(text: string): Scorecard | null {
  try {
    return scorecardSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
