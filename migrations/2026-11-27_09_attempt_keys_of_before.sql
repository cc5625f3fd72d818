-- What other programs had told as failed before attempts had keys still is: without one, its incident would end as if nobody had told it.
update dataset_status status
set attempt_key = told.id
from (
  select distinct on (brand_id, dataset_key) brand_id, dataset_key, id, first_event_at, last_event_at
  from external_runs
  where status in ('failed', 'cancelled') and brand_id is not null and dataset_key is not null
  order by brand_id, dataset_key, first_event_at desc, id desc
) told
where status.brand_id = told.brand_id and status.dataset_key = told.dataset_key
  and status.attempt_key is null and status.last_run_id is null and status.last_status = 'failed'
  and told.first_event_at > status.last_attempt_at - interval '7 days' and told.last_event_at >= status.last_attempt_at;
