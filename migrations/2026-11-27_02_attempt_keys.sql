-- Which run of another program the last attempt is of: what that run does later replaces it, whatever it says; null = it is not known.
alter table dataset_status add column if not exists attempt_key uuid;
alter table lineage_datasets add column if not exists attempt_key uuid;
