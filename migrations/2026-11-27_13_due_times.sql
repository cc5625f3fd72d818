-- When a maximum age counts: "at most 12 h old, at 09:00 on weekdays". Bit 0 of the days is Monday. Null: always. A brand may have a due time
-- of its own for the maximum of the dataset or of the strictest page.
alter table dataset_policies
  add column if not exists due_days smallint
    constraint dataset_policies_due_days_check check (due_days between 1 and 127),
  add column if not exists due_at time
    constraint dataset_policies_due_at_check check (due_at < '24:00' and extract(second from due_at) = 0),
  add column if not exists due_zone text
    constraint dataset_policies_due_zone_check check (length(due_zone) between 1 and 64);

do $$
begin
  if not exists (
    select from pg_constraint where conname = 'dataset_policies_due_is_whole' and conrelid = 'dataset_policies'::regclass
  ) then
    alter table dataset_policies add constraint dataset_policies_due_is_whole
      check (num_nulls(due_days, due_at, due_zone) in (0, 3));
  end if;
end
$$;

alter table dataset_policies drop constraint if exists dataset_policies_says_something;
alter table dataset_policies add constraint dataset_policies_says_something
  check (max_age_hours is not null or warn_age_hours is not null or due_days is not null);

-- The first due moment later than `after_at`, as nextDueMs of shared/due.ts has it: a time that the clocks leave out is at the end of the gap,
-- one that they show twice is the first of the two. Where no calendar has one, or the zone is not known to this server: `after_at`.
-- 5 µs; the daylight saving time of the session's own zone plays no part, because no interval here has days.
create or replace function next_due(after_at timestamptz, due_days integer, due_at time, due_zone text) returns timestamptz
language plpgsql stable strict
as $$
declare
  day date;
  wall timestamp;
  around timestamptz;
  before_change interval;
  moment timestamptz;
begin
  day := (after_at at time zone due_zone)::date;
  for step in 0..9 loop
    if due_days & (1 << (extract(isodow from day)::integer - 1)) <> 0 then
      wall := day + due_at;
      -- Offsets lie between -12 h and +14 h, so these two surround the instant that is looked for.
      around := (wall at time zone 'UTC') - interval '15 hours';
      before_change := (around at time zone due_zone) - (around at time zone 'UTC');
      moment := (wall at time zone 'UTC') - before_change;
      if moment at time zone due_zone <> wall then
        around := around + interval '28 hours';
        moment := (wall at time zone 'UTC') - ((around at time zone due_zone) - (around at time zone 'UTC'));
        if moment at time zone due_zone <> wall then
          select min(minute) into moment
          from generate_series(around - interval '28 hours', around, interval '1 minute') minute
          where (minute at time zone due_zone) - (minute at time zone 'UTC') <> before_change;
        end if;
      end if;
      if moment > after_at then
        return moment;
      end if;
    end if;
    day := day + 1;
  end loop;
  return after_at;
exception when invalid_parameter_value or datetime_field_overflow then
  return after_at;
end
$$;
