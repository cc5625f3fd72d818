import { expect, test } from 'vitest'
import { linkTo } from '../../../renderer/app/copy-link.ts'

const run = '/runs/0193b1a2-7c11-7d3e-9a51-0242ac120002'

test('a copied link is an address for somebody else: of the console in a browser, of a desktop in the desktop', () => {
  expect(linkTo(run, 'https://pm.example.com')).toBe(`https://pm.example.com${run}`)
  expect(linkTo(run, 'app://console')).toBe('pipeline-manager://run/0193b1a2-7c11-7d3e-9a51-0242ac120002')
  expect(linkTo('/o/1/health?state=stale', 'http://127.0.0.1:4180')).toBe(
    'http://127.0.0.1:4180/o/1/health?state=stale',
  )
  expect(linkTo('/o/1/health?state=stale', 'app://console')).toBeNull()
})
