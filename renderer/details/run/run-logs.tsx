import { useEffect, useState, useSyncExternalStore } from 'react'
import { useClient } from '../../client/context.tsx'
import { countText } from '../../components/counts.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { LogView } from '../../components/log-view.tsx'
import { LogReader, type LogState } from './log-reader.ts'
import { useLogDownload } from './use-log-download.ts'

/** The log of a run, live while it goes on. */
export function RunLogs({ runId }: { runId: string }) {
  const client = useClient()
  const [reader, setReader] = useState(() => new LogReader(client, runId))
  useEffect(() => reader.start(), [reader])
  const again = (): void => setReader(new LogReader(client, runId))
  const state = useSyncExternalStore(reader.subscribe, reader.state)
  const download = useLogDownload(runId)
  if (state.error !== null && state.lines.length === 0) {
    return <Failure error={state.error} onRetry={again} />
  }
  if (state.lines.length === 0) return <NoLines phase={state.phase} />
  return (
    <>
      {state.phase === 'failed' && <Failure error={state.error} onRetry={again} />}
      <LogView
        lines={state.lines}
        isLive={state.isRunning}
        note={noteOf(state)}
        onDownload={download.start}
        isDownloading={download.isRunning}
      />
    </>
  )
}

function NoLines({ phase }: { phase: LogState['phase'] }) {
  if (phase === 'loading') return <p className="pm-visually-hidden">Loading the log</p>
  return phase === 'ended' ? (
    <EmptyState title="This run has no log">It wrote no lines, or they are older than logs are kept.</EmptyState>
  ) : (
    <EmptyState title="No lines yet">They appear here as the run writes them.</EmptyState>
  )
}

function noteOf({ phase, leftOut }: LogState): string | null {
  if (phase === 'waiting') return 'No new lines can be read just now; it is tried again by itself.'
  if (leftOut > 0) return `The first ${countText(leftOut)} lines are not shown here; the download has them.`
  return phase === 'earlier' ? 'The newest lines are here; earlier ones are being loaded.' : null
}
