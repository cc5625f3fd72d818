import { expect, test } from 'vitest'
import { reportOrigin, reportOriginNote, servingOrigin } from '../../../renderer/pages/sources/report-origin.ts'

test('lines to copy never name the address of the desktop, which nobody else can call', () => {
  expect(reportOrigin('app://console')).toBe(servingOrigin)
  expect(reportOriginNote('app://console', 'pings')).toContain(servingOrigin)
  expect(reportOriginNote('app://console', 'hooks')).toContain('Make hooks in the console of that agent')
})

test('in a browser they name the agent that serves the console', () => {
  for (const origin of ['http://127.0.0.1:4180', 'https://pm.acme.example']) {
    expect(reportOrigin(origin)).toBe(origin)
    expect(reportOriginNote(origin, 'hooks')).toBeNull()
  }
})
