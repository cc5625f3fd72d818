import { dirname, resolve } from 'node:path'
import { type Catalog, emptyCatalog } from './catalog.ts'
import { marketingCatalog } from './marketing.ts'
import { mergeCatalog } from './merge-catalog.ts'
import type { CatalogFile } from './parse-catalog.ts'

/** What a person's own file makes of the preset, or of nothing; relative paths in it start at the file's folder. @throws Problem `invalid_catalog` */
export function catalogOf(file: CatalogFile): Catalog {
  const base = file.content.extends === 'none' ? emptyCatalog : marketingCatalog()
  return { ...mergeCatalog(base, file), baseDirectory: dirname(resolve(file.fileName)) }
}
