import { check } from '../../settings/schema-issue.ts'
import { readYaml, type YamlSource, yamlProblem } from '../../settings/yaml-source.ts'
import { type CatalogContent, catalogFileSchema } from './file-schema.ts'

/** One checked file; whether its references exist is known only once it is merged. */
export interface CatalogFile extends Pick<YamlSource, 'fileName' | 'locate'> {
  readonly content: CatalogContent
}

/**
 * Reads the text of a pipeline-manager.yaml.
 * @param fileName shown in messages only.
 * @throws Problem `invalid_catalog` that lists all faults of the file, each as `file:line:column`, path, value and fix.
 */
export function parseCatalog(text: string, fileName: string): CatalogFile {
  const source = readYaml(text, fileName)
  const result = check(catalogFileSchema, source.value)
  if (!result.ok) throw yamlProblem(result.findings, source)
  return { fileName, locate: source.locate, content: result.value }
}
