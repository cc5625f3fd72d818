import { useEffect, useRef, useState } from 'react'
import { useClient } from '../../client/context.tsx'
import { lineAsText } from '../../components/log-filter.ts'
import { notifyFailure } from '../../components/notify.ts'
import { saveFile } from '../../components/save-file.ts'

/** The whole log as text, read page by page. */
export function useLogDownload(runId: string): { isRunning: boolean; start: () => void } {
  const client = useClient()
  const [isRunning, setIsRunning] = useState(false)
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])
  const run = async (): Promise<void> => {
    const controller = new AbortController()
    stop.current = controller
    setIsRunning(true)
    try {
      const pieces: string[] = []
      for (let afterSeq = 0; ; ) {
        const { lines } = await client.runs.log({ runId, afterSeq, limit: 5_000 }, { signal: controller.signal })
        const last = lines.at(-1)
        if (last === undefined) break
        pieces.push(`${lines.map(lineAsText).join('\n')}\n`)
        afterSeq = last.seq
      }
      saveFile(`run-${runId}.log`, new Blob(pieces, { type: 'text/plain;charset=utf-8' }))
    } catch (error) {
      if (!controller.signal.aborted) notifyFailure(error)
    } finally {
      setIsRunning(false)
    }
  }
  return { isRunning, start: () => void run() }
}
