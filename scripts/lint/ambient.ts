/** Finds what the global scope hands to everyone: the environment and the machine's clocks. */

import { clockOwner, environmentOwner, folderOf, folders } from './house.ts'
import type { Context, Expression, Rule, SyntaxNode } from './rule.ts'
import { literalText, pathOf } from './rule.ts'

type Identifier = Extract<Expression, { type: 'Identifier' }>
type Scope = ReturnType<Context['sourceCode']['getScope']>

const clockReads = new Set([
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.uptime',
  'Temporal.Now',
])
const clockMessage = `Only ${clockOwner} reads the clock: take a Clock`

export const environment: Rule = {
  create(context) {
    if (!isProduct(context, environmentOwner)) return {}
    return readsOf(context, (read) =>
      read === 'process.env' ? `Only ${environmentOwner} reads process.env: take the value as a parameter` : undefined,
    )
  },
}

export const clock: Rule = {
  create(context) {
    if (!isProduct(context, clockOwner)) return {}
    return {
      ...readsOf(context, (read) => (clockReads.has(read) ? clockMessage : undefined)),
      // `new Date(x)` converts; `new Date()` reads the clock, and `Date(x)` reads it whatever x is.
      NewExpression(node) {
        if (node.arguments.length > 0 || globalPath(context, node.callee) !== 'Date') return
        context.report({ message: clockMessage, node })
      },
      CallExpression(node) {
        if (globalPath(context, node.callee) === 'Date') context.report({ message: clockMessage, node })
      },
      ImportSpecifier(node) {
        if (importedFrom(node) === 'node:perf_hooks performance') context.report({ message: clockMessage, node })
      },
    }
  },
}

function isProduct(context: Context, owner: string): boolean {
  const file = pathOf(context)
  const folder = folderOf(file)
  return folder !== undefined && folders[folder]?.ambient === false && file !== owner
}

/** Visits every read of a property of a global, `a.b` as well as `const { b } = a`. */
function readsOf(context: Context, objection: (read: string) => string | undefined) {
  const check = (node: Expression | SyntaxNode<'Property'>, read: string): void => {
    const message = objection(read)
    if (message !== undefined) context.report({ message, node })
  }
  return {
    MemberExpression(node: SyntaxNode<'MemberExpression'>): void {
      const path = globalPath(context, node)
      if (path !== undefined) check(node, path)
    },
    VariableDeclarator(node: SyntaxNode<'VariableDeclarator'>): void {
      if (node.id.type !== 'ObjectPattern' || node.init === null) return
      const path = globalPath(context, node.init)
      if (path === undefined) return
      for (const property of node.id.properties) {
        if (property.type !== 'Property' || property.key.type !== 'Identifier') continue
        check(property, path === 'globalThis' ? property.key.name : `${path}.${property.key.name}`)
      }
    },
  }
}

/** `Date.now` for `Date.now`, `Date['now']` and `globalThis.Date.now`; undefined for anything that is not a global's. */
function globalPath(context: Context, expression: Expression): string | undefined {
  if (expression.type === 'Identifier') {
    return isGlobal(context, expression) ? expression.name : undefined
  }
  if (expression.type !== 'MemberExpression') return undefined
  const object = globalPath(context, expression.object)
  const property = propertyName(expression)
  if (object === undefined || property === undefined) return undefined
  return object === 'globalThis' ? property : `${object}.${property}`
}

/** Nothing between the identifier and the global scope declares its name, so it is the runtime's. */
function isGlobal(context: Context, identifier: Identifier): boolean {
  for (let scope: Scope | null = context.sourceCode.getScope(identifier); scope !== null; scope = scope.upper) {
    const variable = scope.set.get(identifier.name)
    if (variable !== undefined) return variable.defs.length === 0
  }
  return true
}

function propertyName(member: SyntaxNode<'MemberExpression'>): string | undefined {
  if (member.computed) return literalText(member.property)
  return member.property.name
}

function importedFrom(node: SyntaxNode<'ImportSpecifier'>): string | undefined {
  if (node.parent.type !== 'ImportDeclaration' || node.imported.type !== 'Identifier') return undefined
  return `${node.parent.source.value.replace(/^(node:)?/, 'node:')} ${node.imported.name}`
}
