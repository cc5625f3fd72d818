/** Reads prices.csv of the folder. It is the sample's broken job: only a person can provide that file. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { folderArgument, needsAPerson, say } from './messages.ts'

const file = resolve(join(folderArgument(), 'prices.csv'))
const text = await readFile(file, 'utf8').catch((error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
})

if (text === null)
  stop(`There is no ${file}. Create it with a line "sku,price" and one line for each product, like "A-100,19.90".`)
else importPrices(text)

function importPrices(csv: string): void {
  const [header = '', ...lines] = csv.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (header.replaceAll(' ', '') !== 'sku,price') return stop(`The first line of ${file} must be "sku,price".`)
  const wrong = lines.findIndex((line) => !/^[^,]+,\s*\d+(?:\.\d{1,2})?\s*$/.test(line))
  if (wrong !== -1) return stop(`Line ${wrong + 2} of ${file} is not a product and a price: "${lines[wrong]}".`)
  if (lines.length === 0) return stop(`${file} has no product yet. Add a line like "A-100,19.90".`)
  console.log(`${lines.length} prices read from ${file}`)
  say({ pm: 'records', count: lines.length })
}

function stop(reason: string): void {
  console.error(reason)
  process.exitCode = needsAPerson
}
