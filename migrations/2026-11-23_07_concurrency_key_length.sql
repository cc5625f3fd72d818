-- The key of a running job is in a unique index, and an index row holds less than 2,704 bytes. A longer key would be
-- refused only when the job is claimed, and with it the whole statement: one such row would keep every agent from working.

alter table scheduled_jobs drop constraint if exists scheduled_jobs_concurrency_key_check;
alter table scheduled_jobs add constraint scheduled_jobs_concurrency_key_check
  check (octet_length(concurrency_key) <= 500) not valid;
