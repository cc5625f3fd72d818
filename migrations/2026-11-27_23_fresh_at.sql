-- A run for days that are long over brings data that is as old as those days, however lately it ran: what it does for freshness lies before
-- the attempt. Agents of an earlier version go on writing rows without it.
alter table dataset_status_history add column if not exists fresh_at timestamptz;
comment on column dataset_status_history.fresh_at is
  'Of a success: as of when the data is, where that is earlier than happened_at; null = happened_at';

-- Only of such results, so that others cost nothing.
create index if not exists dataset_status_history_fresh_at on dataset_status_history (brand_id, dataset_key, fresh_at desc)
  where fresh_at is not null;
