import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const library = join(root, 'node_modules/@mantine/core')
const components = join(library, 'esm/components')

test('every style of the components that are used is loaded, and in the order of the library', () => {
  const names = [...read('renderer/theme/mantine.css').matchAll(/@mantine\/core\/styles\/([\w-]+)\.css/g)].map(
    ([, name = '']) => name,
  )
  const loaded = names.map((name) => readFileSync(join(library, 'styles', `${name}.css`), 'utf8'))
  const needed = [...filesBehind(usedComponents())].flatMap((file) => classesIn(readFileSync(file, 'utf8')))
  expect(needed.length).toBeGreaterThan(100)
  expect(needed.filter((name) => !loaded.some((styles) => styles.includes(name)))).toEqual([])
  const whole = readFileSync(join(library, 'styles.css'), 'utf8')
  const places = loaded.map((styles) => whole.indexOf(styles.trim().slice(0, 60)))
  expect(places.every((place) => place >= 0)).toBe(true)
  expect(places).toEqual(places.toSorted((one, other) => one - other))
})

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The names that the console imports from the library. */
function usedComponents(): string[] {
  const sources = readdirSync(join(root, 'renderer'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.tsx?$/.test(path),
  )
  const imports = sources.flatMap((path) => [
    ...read(join('renderer', path)).matchAll(/import \{([^}]*)\} from '@mantine\/core'/g),
  ])
  return imports.flatMap(([, names = '']) => names.match(/\b[A-Z]\w+/g) ?? [])
}

/** Their modules, and those which these import. */
function filesBehind(used: readonly string[]): Set<string> {
  const exists = new Set(readdirSync(components))
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/from "(\.[^"]+\.mjs)"/g))
      visit(resolve(dirname(file), path))
  }
  for (const name of used) if (exists.has(name)) visit(join(components, name, `${name}.mjs`))
  return found
}

function classesIn(text: string): string[] {
  return text.match(/\bm_[0-9a-f]{6,8}\b/g) ?? []
}
