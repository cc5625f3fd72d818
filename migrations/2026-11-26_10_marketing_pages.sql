-- Brands are put away, never removed: what they had stays on record, and putting one away can be taken back. Null: in use. The jobs
-- that were paused for it are resumed when it comes back, and no others.
alter table brands
  add column if not exists archived_at timestamptz,
  add column if not exists archived_by text,
  add column if not exists paused_jobs uuid[];
