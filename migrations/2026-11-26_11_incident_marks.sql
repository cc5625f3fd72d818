-- The open incident of one dataset of a brand, for its drawer. Most datasets have none: without an index that answer is a walk over everything
-- that is open in the organization.
create index if not exists incidents_open_brand on incidents (brand_id, dataset_key) where resolved_at is null;
-- Of one agent; deleting an agent looked at all incidents.
create index if not exists incidents_agent on incidents (agent_id) where agent_id is not null;
