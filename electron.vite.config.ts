import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

const at = (path: string): string => join(import.meta.dirname, path)

/**
 * The console is served at `/`, by an agent and inside the desktop: with deep links answered by the same page, relative addresses
 * of its parts would be looked for next to the link. electron-vite sets './' for every build; this comes after it.
 */
const servedAtRoot: Plugin = { name: 'served-at-root', enforce: 'post', config: () => ({ base: '/' }) }

/**
 * Every file is a question of its own, and a browser asks six at a time, the first of which it needs for what is shown: what every page
 * needs is one file, and what some share another one, in place of 15 to 28 for each page. That loads things which a page has no use for,
 * once: the next page finds them there.
 */
const fewFiles = [
  { name: 'start', tags: ['$initial' as const], priority: 2 },
  { name: 'shared', minShareCount: 2, priority: 1 },
]

export default defineConfig({
  main: {
    build: {
      lib: {
        entry: { agent: at('agent/main.ts'), main: at('electron/main.ts'), start: at('electron/start.ts') },
        formats: ['es'],
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload may require nothing but Electron: one file, with all it needs in it.
      externalizeDeps: false,
      lib: { entry: at('electron/preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
    },
  },
  renderer: {
    root: at('renderer'),
    plugins: [react(), servedAtRoot],
    build: {
      // Any browser of the last years, not only the desktop's.
      target: 'es2022',
      cssTarget: ['chrome111', 'firefox114', 'safari16.4'],
      minify: true,
      // All styles together are smaller than what asking for those of a page apart costs.
      cssCodeSplit: false,
      rolldownOptions: { input: at('renderer/index.html'), output: { codeSplitting: { groups: fewFiles } } },
    },
  },
})
