import { expect, test } from 'vitest'
import { isOwnAddress, placeAddress } from '../../../electron/app-origin.ts'
import { linkAmong, readArguments } from '../../../electron/arguments.ts'
import { isKnownLink } from '../../../electron/hardening.ts'
import { linkOfSecondStart } from '../../../electron/startup.ts'
import { linkOfPlace, placeOfLink } from '../../../shared/links.ts'

const id = '0193b1a2-7c11-7d3e-9a51-0242ac120002'

test.each([
  ['app://console/', true],
  ['app://console/o/1/health?x=1#y', true],
  ['app://console.example.com/', false],
  ['app://console@example.com/', false],
  ['app://user:console@console/', false],
  ['app://console:8080/', false],
  ['https://console/', false],
  ['file:///console/', false],
  ['app:console', false],
  ['', false],
  ['javascript:alert(1)', false],
])('point 13: %s is ours: %s', (address, isOurs) => {
  expect(isOwnAddress(address)).toBe(isOurs)
})

test.each(['https://example.com', '//example.com', '/\\example.com', 'javascript:1', ''])(
  'a place that is none leads to the beginning: %s',
  (place) => {
    expect(placeAddress(place)).toBe('app://console/')
  },
)

test('a place is an address of ours', () => {
  expect(placeAddress('/incidents/1?x=2')).toBe('app://console/incidents/1?x=2')
})

test.each([
  [`pipeline-manager://brand/${id}`, `/brands/${id}`],
  [`pipeline-manager://run/${id}/`, `/runs/${id}`],
  [`pipeline-manager://job/${id}`, `/jobs/${id}`],
  [`pipeline-manager://external/${id}`, `/external-runs/${id}`],
  [`pipeline-manager://dataset/${id}/meta_ads.daily`, `/brands/${id}/datasets/meta_ads.daily`],
  [`PIPELINE-MANAGER://Incident/${id.toUpperCase()}`, `/incidents/${id}`],
])('a link navigates: %s', (link, place) => {
  expect(placeOfLink(link)).toBe(place)
})

test.each([
  `pipeline-manager://run/../../x`,
  `pipeline-manager://run/..%2f..%2fx`,
  `pipeline-manager://run/${id}/../../settings`,
  `pipeline-manager://run/${id}?action=retry`,
  `pipeline-manager://run/${id}#x`,
  `pipeline-manager://dataset/${id}`,
  `pipeline-manager://dataset/${id}/..`,
  `pipeline-manager://dataset/${id}/a/b`,
  `pipeline-manager://dataset/${id}/a%2fb`,
  `pipeline-manager://run/${id}/orders`,
  `pipeline-manager://constructor/${id}`,
  `pipeline-manager://run/<script>alert(1)</script>`,
  `pipeline-manager://run/javascript:alert(1)`,
  `pipeline-manager:run/${id}`,
  `pipeline-manager://run/`,
  `pipeline-manager://run/${'9'.repeat(10_000)}`,
  `https://run/${id}`,
  ` pipeline-manager://run/${id}`,
  `pipeline-manager://run/${id}\u0000`,
])('a link that is anything else leads nowhere: %s', (link) => {
  expect(placeOfLink(link)).toBeNull()
})

test.each([
  `/brands/${id}`,
  `/runs/${id}`,
  `/external-runs/${id}`,
  `/jobs/${id}`,
  `/incidents/${id}`,
  `/brands/${id}/datasets/meta_ads.daily`,
])('a link to %s leads there', (place) => {
  expect(placeOfLink(linkOfPlace(place) ?? '')).toBe(place)
})

test.each(['/', `/o/${id}/health`, `/tokens/${id}`, `/brands/${id}/datasets/a%2Fb`, `/runs/${id}?x=1`, '/runs/1'])(
  'there is no link to %s',
  (place) => {
    expect(linkOfPlace(place)).toBeNull()
  },
)

test('the link is found among the arguments of a start', () => {
  expect(linkAmong(['--flag', '--', `pipeline-manager://run/${id}`])).toBe(`pipeline-manager://run/${id}`)
  expect(linkAmong(['--flag'])).toBeNull()
})

test('what a second start says is looked at before it is believed', () => {
  expect(linkOfSecondStart({ link: 'pipeline-manager://run/1' })).toBe('pipeline-manager://run/1')
  for (const told of [null, undefined, 'text', 7, {}, { link: 7 }, { link: null }])
    expect(linkOfSecondStart(told)).toBeNull()
})

test('a packaged program takes no setting from its command line, where links of other programs stand', () => {
  const given = ['--config=evil.yaml', '--data-dir=elsewhere', '--node=other-node', '--at-login']
  expect(readArguments(given, { isPackaged: true })).toEqual({
    link: null,
    isAtLogin: true,
    flags: {},
    nodeProgram: null,
  })
  expect(readArguments(given, { isPackaged: false })).toEqual({
    link: null,
    isAtLogin: true,
    flags: { config: 'evil.yaml', dataDir: 'elsewhere' },
    nodeProgram: 'other-node',
  })
})

test.each([
  ['https://github.com/x', true],
  ['http://github.com/x', false],
  ['https://github.com.example.com/', false],
  ['https://user:password@github.com/', false],
  ['https://github.com:444/', false],
  ['file:///etc/passwd', false],
  ['ms-settings:', false],
  ['', false],
])('point 15: the browser may be asked to open %s: %s', (address, isKnown) => {
  expect(isKnownLink(address)).toBe(isKnown)
})
