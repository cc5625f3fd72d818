import { beforeAll, describe, expect, test } from 'vitest'
import { type Findings, inspectHouse } from './house-copy.ts'
import * as walls from './walls.ts'

const groups: Readonly<Record<string, readonly walls.Wall[]>> = {
  'folders that must not meet': walls.folderWalls,
  'packages and their owners': walls.packageWalls,
  'every spelling of an import': walls.spellingWalls,
  'imports that would slip past': walls.escapeWalls,
  'the environment': walls.environmentWalls,
  'the clocks': walls.clockWalls,
  'the globals of a runtime': walls.globalWalls,
}
const open = [...walls.doors, ...walls.openDoors, ...walls.owners]

let findings: Findings

beforeAll(async () => {
  const pairs = Object.values(groups).flatMap((group) =>
    group.flatMap(({ forbidden, allowed }) => [forbidden, allowed]),
  )
  findings = await inspectHouse(walls.folderNames, [...pairs, ...open])
}, 60_000)

const lintOf = (source: walls.Source): readonly string[] => findings.lint.get(source.at) ?? []
const errorsOf = (source: walls.Source): readonly string[] => findings.compiler.get(source.at) ?? []

for (const [group, rows] of Object.entries(groups)) {
  describe(`boundary: ${group}`, () => {
    test.each(rows)('$forbidden.at is refused, $allowed.at is not', (wall) => {
      expect(lintOf(wall.forbidden)).toEqual(wall.lint)
      expect(lintOf(wall.allowed)).toEqual([])
      if (wall.compiler === undefined) return
      expect(errorsOf(wall.forbidden)).toEqual(wall.compiler)
      expect(errorsOf(wall.allowed)).toEqual([])
    })
  })
}

describe('boundary: what stays open', () => {
  test.each(open)('$at is allowed', (source) => {
    expect(lintOf(source)).toEqual([])
    expect(errorsOf(source)).toEqual([])
  })
})
