-- A route may follow groups of brands: whatever carries one of them when something goes wrong is told, also brands that came in later.

alter table notification_routes
  -- As an operator wrote them; null = no group narrows it. With neither brands nor groups it is of every brand.
  add column if not exists brand_groups text[],
  -- One for each name, folded by the program as `brand_groups.group_key` is.
  add column if not exists brand_group_keys text[];

alter table notification_routes drop constraint if exists notification_routes_groups_check;
alter table notification_routes add constraint notification_routes_groups_check check (
  (brand_groups is null) = (brand_group_keys is null) and coalesce(cardinality(brand_groups) = cardinality(brand_group_keys), true)
);
