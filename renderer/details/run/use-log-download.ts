import { useClient } from '../../client/context.tsx'
import { lineAsText } from '../../components/log-filter.ts'
import { saveFile } from '../../components/save-file.ts'
import { type Download, useDownload } from '../../components/use-download.ts'

/** The whole log as text, read page by page. */
export function useLogDownload(runId: string): Download<[]> {
  const client = useClient()
  return useDownload(async (signal) => {
    const pieces: string[] = []
    for (let afterSeq = 0; ; ) {
      const { lines } = await client.runs.log({ runId, afterSeq, limit: 5_000 }, { signal })
      const last = lines.at(-1)
      if (last === undefined) break
      pieces.push(`${lines.map(lineAsText).join('\n')}\n`)
      afterSeq = last.seq
    }
    saveFile(`run-${runId}.log`, new Blob(pieces, { type: 'text/plain;charset=utf-8' }))
  })
}
