import { readFileSync } from 'node:fs'
import { openPool } from '/work/w/incidents/agent/store/database.ts'
import { evaluateDatasets } from '/work/w/incidents/agent/store/evaluated-datasets.ts'
import { kindRules } from '/work/w/incidents/shared/incidents.ts'

const url = readFileSync('/tmp/inc/url', 'utf8')
const pool = openPool({ url, applicationName: 'x', size: 1, purpose: 'console', onConnectionError() {} })
const maximums = [],
  refreshers = []
for (let t = 0; t < 10; t++)
  for (let d = 0; d < 5; d++) {
    maximums.push({ dataset: `d${t}_${d}`, hours: 24 })
    refreshers.push({ jobType: `t${t}`, dataset: `d${t}_${d}`, switch: null, isOn: true })
  }
const defaults = Object.fromEntries(Object.entries(kindRules).map(([k, r]) => [k, r.isWatched]))
await pool.query({ name: 'j', text: `select set_config('jit','off',false), set_config('work_mem', $1, false)` }, [
  process.argv[2] ?? '4MB',
])
for (let i = 0; i < 8; i++) {
  const t = performance.now()
  const r = await evaluateDatasets(pool, null, { maximums, refreshers }, defaults)
  console.log((performance.now() - t).toFixed(0), r.differences.length, r.nextTurnAt)
  if (i === 7) {
    const c = {} as any
    for (const d of r.differences)
      c[`${d.change} ${d.kind} ${d.ending}`] = (c[`${d.change} ${d.kind} ${d.ending}`] ?? 0) + 1
    console.log(c, r.differences[0])
  }
}
await pool.stop()
