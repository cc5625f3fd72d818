-- A brand may have a warning age (F7) without a maximum of its own: the dataset's or the strictest page's then still counts (F9).
alter table dataset_policies alter column max_age_hours drop not null;

do $$
begin
  if not exists (
    select from pg_constraint where conname = 'dataset_policies_says_something' and conrelid = 'dataset_policies'::regclass
  ) then
    alter table dataset_policies add constraint dataset_policies_says_something
      check (max_age_hours is not null or warn_age_hours is not null);
  end if;
end
$$;
