import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../../../renderer/theme/tokens.css'), 'utf8')
const light = tokensOf(/:root \{([^}]*)\}/.exec(css)?.[1] ?? '')
const themes = [
  ['light', light],
  [
    'dark',
    new Map([...light, ...tokensOf(/:root\[data-mantine-color-scheme="dark"\] \{([^}]*)\}/.exec(css)?.[1] ?? '')]),
  ],
] as const

const hues = ['teal', 'amber', 'red', 'blue', 'violet', 'gray']
const surfaces = ['page', 'raised', 'sunken', 'hover', 'selected']

function tokensOf(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/--pm-([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  )
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Contrast ratio, WCAG 2.2: 1 to 21. */
function ratio(one: string, other: string): number {
  const [bright = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (bright + 0.05) / (darker + 0.05)
}

describe.each(themes)('in the %s theme', (_name, tokens) => {
  const token = (name: string): string => {
    const value = tokens.get(name)
    if (value === undefined) throw new Error(`tokens.css has no colour --pm-${name}.`)
    return value
  }

  test.each(hues)('the words of a state in %s reach 4.5:1 on every surface and on its own soft ground', (hue) => {
    for (const ground of [...surfaces, `${hue}-soft`]) {
      expect(ratio(token(hue), token(ground)), `${hue} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
  })

  test.each(['text', 'text-dim'])('%s reaches 4.5:1 on every surface', (text) => {
    for (const ground of [
      ...surfaces,
      'gray-soft',
      'changed',
      ...(text === 'text' ? hues.map((hue) => `${hue}-soft`) : []),
    ]) {
      expect(ratio(token(text), token(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
  })

  test.each(['focus', 'line-strong'])('%s, which shows what can be used, reaches 3:1 on every surface', (mark) => {
    for (const ground of surfaces) {
      expect(ratio(token(mark), token(ground)), `${mark} on ${ground}`).toBeGreaterThanOrEqual(3)
    }
  })
})

test('the formula gives the two ratios that WCAG names', () => {
  expect(ratio('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(ratio('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
})
