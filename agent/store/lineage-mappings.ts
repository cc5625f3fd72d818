import type { Database, Statement } from './database.ts'

/** Names that other programs use, and the dataset of ours that is meant. `*` stands for anything. */
export interface LineageMapping {
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly brandId: string
  readonly datasetKey: string
  readonly changedAt: Date
  readonly changedBy: string
}

export type LineagePattern = Pick<LineageMapping, 'namespace' | 'name' | 'brandId' | 'datasetKey'>

const columns = `
  mapping.id, mapping.namespace, mapping.name, mapping.brand_id as "brandId", mapping.dataset_key as "datasetKey",
  mapping.changed_at as "changedAt", mapping.changed_by as "changedBy"`

const listStatement: Statement = {
  name: 'list_lineage_mappings',
  text: `
select ${columns}
from lineage_mappings mapping
where mapping.organization_id = $1::uuid
order by mapping.namespace collate "C", mapping.name collate "C"`,
}

export async function listLineageMappings(database: Database, organizationId: string): Promise<LineageMapping[]> {
  return database.query<LineageMapping>(listStatement, [organizationId])
}

/** Any number; with the organization, what its events and the changes of its mappings take turns by. */
const turnKey = 7_220_501

const readTurnStatement: Statement = {
  name: 'lineage_turn_of_reader',
  text: `select pg_advisory_xact_lock_shared($1::int, hashtext($2::text))`,
}

/** Until the transaction ends no mapping of the organization changes; events of several agents do not wait for each other. */
export async function holdLineageMappings(database: Database, organizationId: string): Promise<void> {
  await database.query(readTurnStatement, [turnKey, organizationId])
}

const writeTurnStatement: Statement = {
  name: 'lineage_turn_of_writer',
  text: `select pg_advisory_xact_lock($1::int, hashtext($2::text))`,
}

/** Waits until no event is being applied by the mappings as they are, and keeps others waiting until the transaction ends. */
export async function lockLineageMappings(database: Database, organizationId: string): Promise<void> {
  await database.query(writeTurnStatement, [turnKey, organizationId])
}

const insertStatement: Statement = {
  name: 'insert_lineage_mapping',
  text: `
insert into lineage_mappings (organization_id, namespace, name, brand_id, dataset_key, changed_by)
values ($1::uuid, $2::text, $3::text, $4::uuid, $5::text, $6::text)
returning id`,
}

/** Returns the id. Fails when the organization has the pattern already. */
export async function insertLineageMapping(
  database: Database,
  organizationId: string,
  { namespace, name, brandId, datasetKey }: LineagePattern,
  changedBy: string,
): Promise<string> {
  const values = [organizationId, namespace, name, brandId, datasetKey, changedBy]
  const [row] = await database.query<{ id: string }>(insertStatement, values)
  if (row === undefined) throw new Error('insert_lineage_mapping returned no row')
  return row.id
}

const updateStatement: Statement = {
  name: 'update_lineage_mapping',
  text: `
update lineage_mappings
set namespace = $2::text, name = $3::text, brand_id = $4::uuid, dataset_key = $5::text, changed_by = $6::text,
  changed_at = clock_timestamp()
where id = $1::uuid`,
}

export async function updateLineageMapping(
  database: Database,
  id: string,
  { namespace, name, brandId, datasetKey }: LineagePattern,
  changedBy: string,
): Promise<void> {
  await database.query(updateStatement, [id, namespace, name, brandId, datasetKey, changedBy])
}

const forgetStatement: Statement = {
  name: 'forget_lineage_attempt',
  text: `
update dataset_status status set attempt_key = null
from lineage_datasets told
where status.brand_id = $2::uuid and status.dataset_key = $3::text and status.last_status = 'failed'
  and told.organization_id = $1::uuid and told.attempt_key = status.attempt_key
  and not exists (
    select from lineage_mappings mapping where mapping.brand_id = $2::uuid and mapping.dataset_key = $3::text
  )`,
}

/** A failure of a dataset that no mapping leads to any more is nobody's: the incident of it ends. What was told stays told. */
export async function forgetLineageAttempt(
  database: Database,
  organizationId: string,
  { brandId, datasetKey }: Pick<LineagePattern, 'brandId' | 'datasetKey'>,
): Promise<void> {
  await database.query(forgetStatement, [organizationId, brandId, datasetKey])
}

const deleteStatement: Statement = {
  name: 'delete_lineage_mapping',
  text: `delete from lineage_mappings where id = $1::uuid`,
}

export async function deleteLineageMapping(database: Database, id: string): Promise<void> {
  await database.query(deleteStatement, [id])
}
