/** oxlint plugin: the walls of the house as lint rules. house.ts holds the table; tests/boundaries proves every wall. */
import { clock, environment } from './ambient.ts'
import { importObjection } from './imports.ts'
import { type Expression, literalText, pathOf, type Rule } from './rule.ts'

const imports: Rule = {
  create(context) {
    const file = pathOf(context)
    const check = (node: { range: [number, number] }, specifier: string | undefined, kind = 'value'): void => {
      const message = importObjection(file, specifier, kind === 'type')
      if (message !== undefined) context.report({ message, node })
    }
    const checkComputed = (node: Expression): void => check(node, literalText(node))
    return {
      ImportDeclaration: (node) => check(node, node.source.value, node.importKind),
      ExportAllDeclaration: (node) => check(node, node.source.value, node.exportKind),
      ExportNamedDeclaration: (node) => node.source !== null && check(node, node.source.value, node.exportKind),
      ImportExpression: (node) => checkComputed(node.source),
      TSImportType: (node) => check(node, node.source.value, 'type'),
      TSExternalModuleReference: (node) => check(node, node.expression.value),
    }
  },
}

const plugin: { meta: { name: string }; rules: Record<string, Rule> } = {
  meta: { name: 'boundaries' },
  rules: { imports, environment, clock },
}

// oxlint takes a plugin as a default export.
export default plugin
