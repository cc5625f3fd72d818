-- The first phases made `records_affected` an integer: a count beyond it would be refused, and the result of its run with it.
do $$
begin
  if exists (
    select from pg_attribute
    where attrelid = 'dataset_status'::regclass and attname = 'records_affected' and atttypid = 'integer'::regtype
  ) then
    alter table dataset_status alter column records_affected type bigint;
  end if;
exception
  -- A view of the other program shows it: it stays as that program has it.
  when feature_not_supported then null;
end
$$;
