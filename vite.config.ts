import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type ProxyOptions } from 'vite'

/** The agent whose answers the console shows while it is worked on: `npm run agent` beside `npm run dev:web`. */
const agent = process.env['PIPELINE_MANAGER_URL'] ?? 'http://127.0.0.1:4180'

/** The agent answers only to its own name, and to writes from its own pages. */
const asAgent: ProxyOptions = { target: agent, changeOrigin: true, headers: { origin: agent } }

export default defineConfig({
  root: join(import.meta.dirname, 'renderer'),
  plugins: [react()],
  server: {
    host: '127.0.0.1',
    port: 4190,
    strictPort: true,
    proxy: { '/rpc': asAgent, '/api': asAgent, '/session': asAgent },
  },
})
