import { readFileSync } from 'node:fs'
import pg from 'pg'
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
const text = readFileSync(process.argv[2]!, 'utf8')
await c.query(`set jit=off; set work_mem='${process.argv[3] ?? '4MB'}'`)
const all = [null, JSON.stringify(maximums), JSON.stringify(refreshers), JSON.stringify(defaults)]
const n = Math.max(...[...text.matchAll(/\$(\d)/g)].map((m) => Number(m[1])))
const q = all.slice(0, n)
const fix = text.includes('$3') ? text : text.replace(/\$4/g, '$3')
const qq = text.includes('$3') ? q : [all[0], all[1], all[3]]
for (let i = 0; i < 3; i++) {
  const r = await c.query('explain (analyze, buffers, timing on) ' + fix, qq)
  if (i === 2 && process.argv[4]) console.log(r.rows.map((x) => x['QUERY PLAN']).join('\n'))
}
const ts = []
for (let i = 0; i < 9; i++) {
  const t = performance.now()
  const r = await c.query({ name: 'z', text: fix, values: qq })
  ts.push(performance.now() - t)
  if (i === 8) console.log(r.rows.length)
}
console.log(ts.map((x) => x.toFixed(0)).join(' '))
await c.end()
