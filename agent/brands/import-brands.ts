/*
 * Brands, their ad accounts, maximum ages and groups from a CSV file. First a plan says what each line would do; applying makes the same plan
 * again inside its transaction, and does all of it or, when one line is bad, nothing.
 */
import { groupKey, mostGroups } from '../../shared/brand-groups.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import { changePolicyWithin, storedHours } from '../freshness/policy.ts'
import { checkName } from '../jobs/names.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { listAccountOwners, lockBrandsOf } from '../store/brand-administration.ts'
import { listGroupsOfBrands } from '../store/brand-groups.ts'
import { listBrands } from '../store/brands.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { listDatasetPoliciesOfBrands } from '../store/dataset-policies.ts'
import type { Actor } from '../store/operator-actions.ts'
import { checkAccount, linkAccountWithin } from './ad-accounts.ts'
import { addBrandWithin } from './change-brand.ts'
import { type CsvLine, readCsv } from './csv.ts'
import { changeGroupsWithin, checkGroup } from './groups.ts'

/** What the header may name; the first is needed. */
export const importColumns = [
  'brand',
  'ad_account',
  'account_name',
  'primary',
  'dataset',
  'max_age_hours',
  'groups',
] as const
type Column = (typeof importColumns)[number]

/** More is split into several files: one transaction holds all of it. */
export const mostLines = 5_000

export interface ImportedLine {
  readonly line: number
  /** As it stands in the file. */
  readonly brand: string
  readonly outcome: 'changes' | 'same' | 'bad'
  /** What would be done, or was: "Makes the brand Acme." */
  readonly words: readonly string[]
  readonly problem: {
    readonly field: string
    readonly value: string
    readonly message: string
    readonly fix: string | null
  } | null
}

export interface ImportRequest {
  readonly organizationId: string
  readonly csv: string
  /** Keys of datasets that somebody knows. */
  readonly datasets: readonly string[]
}

/** What each line would do; nothing is changed. @throws Problem `invalid_input` for a file that cannot be read at all. */
export async function planImport(database: Database, request: ImportRequest): Promise<ImportedLine[]> {
  return (await plan(database, request)).map(({ told }) => told)
}

/** Does what every line says, or nothing: `applied` is false when one is bad. */
export async function applyImport(
  database: DatabasePool,
  actor: Actor,
  request: ImportRequest,
): Promise<{ readonly applied: boolean; readonly lines: ImportedLine[] }> {
  return database.transaction(async (transaction) => {
    await lockBrandsOf(transaction, request.organizationId)
    const planned = await plan(transaction, request)
    const lines = planned.map(({ told }) => told)
    if (lines.some(({ outcome }) => outcome === 'bad')) return { applied: false, lines }
    const brandIds = new Map((await listBrands(transaction, request.organizationId)).map(({ id, name }) => [name, id]))
    for (const { wish } of planned) if (wish !== null) await carryOut(transaction, actor, request, { wish, brandIds })
    return { applied: true, lines }
  })
}

/** What a good line asks for, where that is not so already. */
interface Wish {
  readonly brand: string
  readonly account: { readonly account: string; readonly name: string | null; readonly isPrimary: boolean } | null
  readonly policy: { readonly dataset: string; readonly maxAgeHours: number } | null
  /** Groups that it does not carry yet. */
  readonly groups: readonly string[]
}

async function carryOut(
  transaction: Database,
  actor: Actor,
  { organizationId }: ImportRequest,
  { wish, brandIds }: { readonly wish: Wish; readonly brandIds: Map<string, string> },
): Promise<void> {
  const { brand: name, account, policy, groups } = wish
  const id = brandIds.get(name) ?? (await addBrandWithin(transaction, actor, { organizationId, name }))
  brandIds.set(name, id)
  const brand = { id, organizationId }
  if (account !== null) await linkAccountWithin(transaction, actor, brand, account)
  if (policy !== null) await changePolicyWithin(transaction, actor, { brand, ...policy })
  if (groups.length > 0) {
    await changeGroupsWithin(transaction, actor, { organizationId, brandIds: [id], add: groups, remove: [] })
  }
}

interface Planned {
  readonly told: ImportedLine
  /** Null = bad, or so already. */
  readonly wish: Wish | null
}

async function plan(database: Database, request: ImportRequest): Promise<Planned[]> {
  const rows = rowsOf(request.csv)
  const known = await knownNow(database, request, rows)
  return rows.map((row) => planLine(row, known))
}

type Row = { readonly line: number } & { readonly [Name in Column]: string }

/** @throws Problem `invalid_input`. */
function rowsOf(csv: string): Row[] {
  // What stands where bytes were that are no UTF-8: the name would be imported without its letter.
  if (csv.includes('\uFFFD')) {
    throw unreadable('The file is not UTF-8.', lineWith(csv, '\uFFFD'), 'Save it as CSV UTF-8.')
  }
  const [header, ...lines] = readCsv(csv)
  if (header === undefined)
    throw unreadable('The file is empty.', '', `Begin it with the line ${importColumns.join(',')}`)
  const names = header.fields.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  )
  const strange = names.find((name) => !isColumn(name))
  if (strange !== undefined) {
    throw unreadable(
      `The header names a column "${strange.slice(0, 60)}".`,
      strange,
      didYouMean(strange, importColumns),
    )
  }
  if (!names.includes('brand'))
    throw unreadable('The header names no column "brand".', header.fields.join(','), 'Add it.')
  if (new Set(names).size < names.length) {
    throw unreadable('The header names a column twice.', header.fields.join(','), 'Name each once.')
  }
  if (lines.length > mostLines) {
    throw unreadable(`The file has ${lines.length} lines.`, String(lines.length), `Split it: ${mostLines} at most.`)
  }
  return lines.map((line) => rowOf(line, names))
}

function lineWith(csv: string, text: string): string {
  return csv.split(/\r?\n/).find((line) => line.includes(text)) ?? ''
}

function isColumn(name: string): name is Column {
  return importColumns.some((column) => column === name)
}

function rowOf({ line, fields }: CsvLine, names: readonly string[]): Row {
  const of = (column: Column): string => fields[names.indexOf(column)]?.trim() ?? ''
  return {
    line,
    brand: of('brand'),
    ad_account: of('ad_account'),
    account_name: of('account_name'),
    primary: of('primary'),
    dataset: of('dataset'),
    max_age_hours: of('max_age_hours'),
    groups: of('groups'),
  }
}

function unreadable(message: string, value: string, fix: string): Problem {
  return new Problem('invalid_input', message, { field: 'csv', value, fix })
}

/** How things are, brought up to date line by line, so that two lines of one file see each other. */
interface Known {
  readonly brands: Map<string, string>
  /** Account without `act_` → the name of its brand here; null = a brand that is not to be named. */
  readonly owners: Map<
    string,
    { readonly brand: string | null; readonly name: string | null; readonly isPrimary: boolean }
  >
  /** `<brand> <dataset>` → hours. */
  readonly policies: Map<string, number | null>
  /** By the name of the brand, the keys of what it carries. */
  readonly groups: Map<string, Set<string>>
  readonly datasets: readonly string[]
  readonly policiesOfFile: Set<string>
}

async function knownNow(database: Database, request: ImportRequest, rows: readonly Row[]): Promise<Known> {
  const brands = await listBrands(database, request.organizationId)
  const names = new Map(brands.map(({ id, name }) => [id, name]))
  const accounts = [...new Set(rows.map((row) => bare(row.ad_account)).filter((account) => account !== ''))]
  const [owners, policies, carried] = await Promise.all([
    listAccountOwners(database, accounts),
    listDatasetPoliciesOfBrands(database, [...names.keys()]),
    listGroupsOfBrands(database, [...names.keys()]),
  ])
  const groups = Map.groupBy(carried, ({ brandId }) => brandId)
  return {
    brands: new Map(brands.map(({ id, name }) => [name, id])),
    owners: new Map(
      owners.map(({ accountId, brandId, ...owner }) => [accountId, { brand: names.get(brandId) ?? null, ...owner }]),
    ),
    policies: new Map(
      policies.map((policy) => [`${names.get(policy.brandId)} ${policy.datasetKey}`, policy.maxAgeHours]),
    ),
    groups: new Map(brands.map(({ id, name }) => [name, new Set(groups.get(id)?.map(({ key }) => key))])),
    datasets: request.datasets,
    policiesOfFile: new Set(),
  }
}

function bare(account: string): string {
  return account.replace(/^act_/, '')
}

function planLine(row: Row, known: Known): Planned {
  try {
    const brand = checkName(row.brand, 'brand')
    const account = wishedAccount(row, brand, known)
    const policy = wishedPolicy(row, brand, known)
    const groups = wishedGroups(row, brand, known)
    const words: string[] = []
    if (!known.brands.has(brand)) words.push(`Makes the brand ${brand}.`)
    if (account !== null)
      words.push(`Links the ad account ${account.account}${account.isPrimary ? ', as the primary one' : ''}.`)
    if (policy !== null) words.push(`Lets ${policy.dataset} be ${policy.maxAgeHours} h old.`)
    if (groups.length > 0) words.push(`Adds it to ${groups.join(', ')}.`)
    known.brands.set(brand, known.brands.get(brand) ?? '')
    const outcome = words.length === 0 ? 'same' : 'changes'
    const told = { line: row.line, brand: row.brand, outcome, words, problem: null } as const
    return { told, wish: outcome === 'same' ? null : { brand, account, policy, groups } }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { told: badLine(row, error), wish: null }
  }
}

function badLine({ line, brand }: Row, { message, field, value, fix }: Problem): ImportedLine {
  const text = typeof value === 'string' ? value : describeError(value ?? '')
  const problem = { field: field ?? 'brand', value: text.slice(0, 200), message, fix: fix ?? null }
  return { line, brand, outcome: 'bad', words: [], problem }
}

/** Null = none, or it is linked so already. */
function wishedAccount(row: Row, brand: string, { owners }: Known): Wish['account'] {
  if (row.ad_account === '') {
    const field = row.account_name !== '' ? 'account_name' : row.primary !== '' ? 'primary' : null
    if (field !== null)
      throw bad(`There is no ad account on this line.`, 'ad_account', '', `Add one, or empty ${field}.`)
    return null
  }
  const account = withField('ad_account', () => checkAccount(row.ad_account))
  const name = row.account_name === '' ? null : checkName(row.account_name, 'account_name')
  const isPrimary = isYes(row.primary)
  const owner = owners.get(bare(account))
  if (owner !== undefined && owner.brand !== brand) {
    const whose = owner.brand === null ? 'Another brand' : `The brand ${owner.brand}`
    throw bad(
      `${whose} has this account already.`,
      'ad_account',
      account,
      'Take it away there first, or correct the line.',
    )
  }
  const isSame = owner !== undefined && (name === null || owner.name === name) && (!isPrimary || owner.isPrimary)
  owners.set(bare(account), {
    brand,
    name: name ?? owner?.name ?? null,
    isPrimary: isPrimary || owner?.isPrimary === true,
  })
  return isSame ? null : { account, name, isPrimary }
}

function isYes(text: string): boolean {
  const word = text.toLowerCase()
  if (['', 'no', 'false', '0', 'n'].includes(word)) return false
  if (['yes', 'true', '1', 'y', 'x'].includes(word)) return true
  throw bad(`"${text.slice(0, 60)}" is neither yes nor no.`, 'primary', text, 'Write yes or no.')
}

/** Null = none, or it is so already. */
function wishedPolicy(row: Row, brand: string, known: Known): Wish['policy'] {
  const { dataset } = row
  if (dataset === '' && row.max_age_hours === '') return null
  if (dataset === '') throw bad('There is a maximum age, and no dataset.', 'dataset', '', 'Name the dataset.')
  if (!known.datasets.includes(dataset)) {
    throw bad(`There is no dataset "${dataset.slice(0, 60)}".`, 'dataset', dataset, didYouMean(dataset, known.datasets))
  }
  const maxAgeHours = hoursOf(row.max_age_hours)
  const key = `${brand} ${dataset}`
  const before = known.policies.get(key)
  if (known.policiesOfFile.has(key) && before !== maxAgeHours) {
    throw bad(
      `An earlier line gives ${dataset} ${before} h.`,
      'max_age_hours',
      row.max_age_hours,
      'Keep one of the two.',
    )
  }
  known.policiesOfFile.add(key)
  known.policies.set(key, maxAgeHours)
  return before === maxAgeHours ? null : { dataset, maxAgeHours }
}

/** Those that the brand does not carry yet; the file takes nothing away. */
function wishedGroups(row: Row, brand: string, known: Known): string[] {
  const carried = known.groups.get(brand) ?? new Set<string>()
  known.groups.set(brand, carried)
  const named = row.groups.split(';').filter((part) => part.trim() !== '')
  const wished = named.flatMap((part) => {
    const name = checkGroup(part, 'groups')
    if (carried.has(groupKey(name))) return []
    carried.add(groupKey(name))
    return [name]
  })
  if (wished.length > 0 && carried.size > mostGroups) {
    const message = `The brand would carry ${carried.size} groups; ${mostGroups} at most.`
    throw bad(message, 'groups', row.groups, 'Leave some out.')
  }
  return wished
}

/** Spreadsheets of some countries write a comma. */
function hoursOf(text: string): number {
  const hours = /^\d{1,6}([.,]\d{1,6})?$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN
  if (Number.isNaN(hours))
    throw bad(`"${text.slice(0, 60)}" is no number of hours.`, 'max_age_hours', text, 'Write a number, for example 24.')
  return withField('max_age_hours', () => storedHours(hours, 'maxAgeHours'))
}

function bad(message: string, field: Column, value: string, fix: string): Problem {
  return new Problem('invalid_input', message, { field, value, fix })
}

/** The same problem under the name that the column has in the file. */
function withField<Result>(field: Column, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem(error.code, error.message, {
      field,
      value: error.value,
      ...(error.fix === undefined ? {} : { fix: error.fix }),
    })
  }
}
