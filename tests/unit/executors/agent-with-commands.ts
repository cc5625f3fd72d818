/** A process that runs each line of its stdin as a shell script, as an agent does, and says `ended` after each. Argument: folder. */
import { createInterface } from 'node:readline'
import { createCommandExecutor } from '../../../agent/jobs/executors/command.ts'
import { testStep } from './step-context.ts'

const [folder = ''] = process.argv.slice(2)
const execute = createCommandExecutor({ environment: process.env, baseDirectory: folder })
for await (const script of createInterface({ input: process.stdin })) {
  void execute({ command: ['sh', '-c', script] }, testStep().context).then(() => console.log('ended'))
}
