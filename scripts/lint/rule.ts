import { relative, resolve, sep } from 'node:path'
import type { RuleTester } from 'oxlint/plugins-dev'

// oxlint 1.89 exports the type of a rule, and through it those of the syntax tree, only by way of its rule tester.
export type Rule = Extract<Parameters<RuleTester['run']>[1], { create: unknown }>
export type Context = Parameters<Rule['create']>[0]
type Visitor = ReturnType<Rule['create']>
export type SyntaxNode<Kind extends keyof Visitor> = Parameters<NonNullable<Visitor[Kind]>>[0]
export type Expression = SyntaxNode<'ImportExpression'>['source']

const root = resolve(import.meta.dirname, '../..')

/** Path of the linted file from the repository root, with `/` on every platform. */
export function pathOf(context: Context): string {
  return relative(root, context.filename).split(sep).join('/')
}

/** The string an expression spells out, or undefined when it is computed. */
export function literalText(expression: Expression): string | undefined {
  if (expression.type === 'Literal') return typeof expression.value === 'string' ? expression.value : undefined
  if (expression.type !== 'TemplateLiteral' || expression.expressions.length > 0) return undefined
  return expression.quasis[0]?.value.cooked ?? undefined
}
