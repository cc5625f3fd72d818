import { readFileSync } from 'node:fs'
import pg from 'pg'
import { debugStatement } from './agent/store/evaluated-datasets.ts'
import { kindRules } from './shared/incidents.ts'

const url = readFileSync('/tmp/inc/url', 'utf8')
const c = new pg.Client({ connectionString: url })
await c.connect()
const maximums = [],
  refreshers = []
for (let t = 0; t < 10; t++)
  for (let d = 0; d < 5; d++) {
    maximums.push({ dataset: `d${t}_${d}`, hours: 24 })
    refreshers.push({ jobType: `t${t}`, dataset: `d${t}_${d}`, switch: null, isOn: true })
  }
const defaults = Object.fromEntries(Object.entries(kindRules).map(([k, r]) => [k, r.isWatched]))
await c.query(`set jit=off; set work_mem='${process.argv[2] ?? '4MB'}'`)
const q = [null, JSON.stringify(maximums), JSON.stringify(refreshers), JSON.stringify(defaults)]
for (let i = 0; i < 3; i++) {
  const r = await c.query('explain (analyze, buffers, timing on) ' + debugStatement.text, q)
  if (i === 2) console.log(r.rows.map((x) => x['QUERY PLAN']).join('\n'))
}
await c.end()
