import { describe, expect, test } from 'vitest'
import { htmlTitle } from '../../../agent/connectors/web/html-title.ts'
import { pageAddress } from '../../../agent/connectors/web/page-address.ts'
import { parseRobots } from '../../../agent/connectors/web/robots.ts'

const file = `
# for everybody
User-agent: *
Disallow: /private/   # not for robots
Allow: /private/open
Disallow: /*.pdf$
Disallow: /a*b*c
Crawl-delay: 2.5

user-agent: OtherBot
User-Agent: pipelinemanager
Disallow: /ours
Disallow:
`

describe('RFC 9309: robots.txt', () => {
  test.each([
    ['/', true],
    ['/private', true],
    ['/private/', false],
    ['/private/open/page', true],
    ['/file.pdf', false],
    ['/file.pdf?x=1', true],
    ['/a1b2c3', false],
    ['/acb', true],
  ])('for everybody, %s is allowed: %s', (path, isAllowed) => {
    expect(parseRobots(file, 'Somebody').isAllowed(path)).toBe(isAllowed)
  })

  test('a group that names us is the only one that counts, whatever the case and beside whom', () => {
    const robots = parseRobots(file, 'PipelineManager')
    expect([robots.isAllowed('/ours'), robots.isAllowed('/private/'), robots.crawlDelaySeconds]).toEqual([
      false,
      true,
      null,
    ])
    expect(parseRobots(file, 'x').crawlDelaySeconds).toBe(2.5)
  })

  test('of rules that are as long, the one that allows decides; a file that is none allows all', () => {
    expect(parseRobots('User-agent: *\nDisallow: /a\nAllow: /a', 'x').isAllowed('/a')).toBe(true)
    expect(parseRobots('<html><body>Not found</body></html>', 'x').isAllowed('/a')).toBe(true)
  })

  test('no pattern takes long', () => {
    const robots = parseRobots(`User-agent: *\nDisallow: /${'*a'.repeat(10_000)}$`, 'x')
    expect(robots.isAllowed(`/${'a'.repeat(5_000)}b`)).toBe(true)
  })
})

test.each([
  ['https://shop.example/p/1?utm_source=meta&size=4&fbclid=x#reviews', 'https://shop.example/p/1?size=4'],
  ['https://user:word@shop.example', 'https://shop.example/'],
  ['https://shop.example/ü', 'https://shop.example/%C3%BC'],
  ['ftp://shop.example/', null],
  ['javascript:alert(1)', null],
  ['nothing', null],
  [`https://shop.example/${'a'.repeat(2_000)}`, null],
])('%s is the page %s', (address, page) => {
  expect(pageAddress(address)).toBe(page)
})

test.each<[string, Uint8Array, string, string | null]>([
  ['plain', Buffer.from('<head><title>A\n  page</title>'), 'text/html', 'A page'],
  [
    'with entities',
    Buffer.from('<TITLE lang="de">Caf&eacute; &amp; &#66;&#x43; &lt;3</TITLE>'),
    '',
    'Caf&eacute; & BC <3',
  ],
  [
    'in the charset of the header',
    Buffer.from('<title>Café</title>', 'latin1'),
    'text/html; charset=iso-8859-1',
    'Café',
  ],
  ['in a charset there is none of', Buffer.from('<title>A</title>'), 'text/html; charset=x-none', 'A'],
  ['missing', Buffer.from('<h1>A</h1>'), 'text/html', null],
  ['empty', Buffer.from('<title> \u0000 </title>'), 'text/html', null],
])('a title that is %s', (_what, start, contentType, title) => {
  expect(htmlTitle(start, contentType)).toBe(title)
})
