-- What was called off stays called off when housekeeping has removed it.

alter table backfills add column if not exists removed_cancelled integer not null default 0;
comment on column backfills.removed_cancelled is 'How many of its jobs that housekeeping has removed were called off, or put away without being done';
