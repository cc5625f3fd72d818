import { expect, test } from 'vitest'
import { builtinSpec, createBuiltinExecutor } from '../../../agent/jobs/executors/builtin.ts'
import { rejection, testStep } from './step-context.ts'

const execute = createBuiltinExecutor(
  new Map([
    ['count', async (settings, context) => ({ recordsAffected: Number(context.parameters['n']), metadata: settings })],
  ]),
)

test('a built-in step gets its settings and the run', async () => {
  const spec = builtinSpec.parse({ builtin: 'count', with: { a: [1] } })
  const result = await execute(spec, testStep({ parameters: { n: 3 } }).context)
  expect(result).toEqual({ recordsAffected: 3, metadata: { a: [1] } })
})

test('J8: an unknown name falls through to nothing; the failure says what there is', async () => {
  for (const builtin of ['other', '__proto__', 'constructor']) {
    const failure = await rejection(execute({ builtin }, testStep().context))
    expect(failure).toMatchObject({
      kind: 'configuration',
      message: `this program has no built-in step "${builtin}" (it has: count)`,
    })
  }
})
