/** The contestants as JavaScript, as the agent runs in production: the compiler that strips types would be part of what is measured. */
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '../..')
let bundled: Promise<string> | null = null

/** Path of the contestants' entry; built once in each run of the benchmark. */
export function bundledContestants(): Promise<string> {
  return (bundled ??= bundle())
}

async function bundle(): Promise<string> {
  const outDir = join(root, 'out/bench')
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'contestant-process.ts'),
      outDir,
      emptyOutDir: true,
      target: 'node24',
      rolldownOptions: { output: { entryFileNames: '[name].js' } },
    },
  })
  return join(outDir, 'contestant-process.js')
}
