-- From this age on a dataset of a brand is at risk (F7), before it is too old. Null: only the plan of its jobs says so.
alter table dataset_policies
  add column if not exists warn_age_hours numeric(8, 2)
    constraint dataset_policies_warn_age_check check (warn_age_hours > 0 and warn_age_hours <= 87600);
