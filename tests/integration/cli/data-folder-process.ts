/** Looks at a data folder as nobody does: the superuser may write everywhere. argv: folder. Writes what it found as JSON. */
import { checkDataFolder } from '../../../agent/cli/doctor/machine-checks.ts'

const [folder = ''] = process.argv.slice(2)
if (process.getuid?.() === 0) {
  process.setgid?.(65_534)
  process.setuid?.(65_534)
}
process.stdout.write(`${JSON.stringify(await checkDataFolder(folder))}\n`)
