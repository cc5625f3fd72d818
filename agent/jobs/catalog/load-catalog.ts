import { dirname, resolve } from 'node:path'
import { type Catalog, emptyCatalog } from './catalog.ts'
import { type ReadCatalogFile, readCatalogFile } from './catalog-file.ts'
import { marketingCatalog } from './marketing.ts'
import { mergeCatalog } from './merge-catalog.ts'
import { type CatalogFile, parseCatalog } from './parse-catalog.ts'

/**
 * The catalog of this agent: the preset, or what the person's own file makes of it.
 * @param file path of a pipeline-manager.yaml; null = only the preset.
 * @throws Problem `invalid_configuration` for a file that cannot be read or trusted, `invalid_catalog` for what is in it.
 */
export function loadCatalog({
  file,
  readFile = readCatalogFile,
}: {
  file: string | null
  readFile?: ReadCatalogFile
}): Catalog {
  return file === null ? marketingCatalog() : catalogOf(parseCatalog(readFile(file), file))
}

/** The catalog of a file that is already parsed; relative paths in it start at the file's folder. */
export function catalogOf(file: CatalogFile): Catalog {
  const base = file.content.extends === 'none' ? emptyCatalog : marketingCatalog()
  return { ...mergeCatalog(base, file), baseDirectory: dirname(resolve(file.fileName)) }
}
