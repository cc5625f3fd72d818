import type { Database, Statement } from './database.ts'

/** A small file that a run made, without its content. */
export interface RunArtifactFacts {
  /** A file name: `scorecard.json`. */
  readonly name: string
  readonly mediaType: string
  /** Of the content in UTF-8. */
  readonly bytes: number
  readonly createdAt: Date
}

export interface RunArtifact extends RunArtifactFacts {
  readonly text: string
}

const saveStatement: Statement = {
  name: 'save_run_artifact',
  text: `
insert into run_artifacts (run_id, name, media_type, content)
select run.id, $2::text, $3::text, $4::text
from scheduled_job_runs run
where run.id = $1::uuid and run.completed_at is null
on conflict (run_id, name) do update
set media_type = excluded.media_type, content = excluded.content, created_at = now()`,
}

/** Keeps a file with its run, replacing one of the same name. A run that was taken over keeps what it has (J3). */
export async function saveRunArtifact(
  database: Database,
  runId: string,
  artifact: Pick<RunArtifact, 'name' | 'mediaType' | 'text'>,
): Promise<void> {
  await database.query(saveStatement, [runId, artifact.name, artifact.mediaType, artifact.text])
}

const columns = `name, media_type as "mediaType", octet_length(content) as bytes, created_at as "createdAt"`

const listStatement: Statement = {
  name: 'list_run_artifacts',
  text: `select ${columns} from run_artifacts where run_id = $1::uuid order by name`,
}

/** What a run made, by name. */
export async function listRunArtifacts(database: Database, runId: string): Promise<RunArtifactFacts[]> {
  return database.query<RunArtifactFacts>(listStatement, [runId])
}

const findStatement: Statement = {
  name: 'find_run_artifact',
  text: `select ${columns}, content as text from run_artifacts where run_id = $1::uuid and name = $2::text`,
}

/** Null = the run made nothing of that name. */
export async function findRunArtifact(database: Database, runId: string, name: string): Promise<RunArtifact | null> {
  const [artifact] = await database.query<RunArtifact>(findStatement, [runId, name])
  return artifact ?? null
}
