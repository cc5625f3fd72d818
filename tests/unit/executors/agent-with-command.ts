/** A process that runs one command as an agent does, until it is killed. Arguments: folder, shell script. */
import { createCommandExecutor } from '../../../agent/jobs/executors/command.ts'
import { testStep } from './step-context.ts'

const [folder = '', script = ''] = process.argv.slice(2)
const execute = createCommandExecutor({ environment: process.env, baseDirectory: folder })
await execute({ command: ['sh', '-c', script] }, testStep().context)
