create or replace function authz.role_ids() returns uuid[]
language sql stable parallel safe
return coalesce(nullif(pg_catalog.current_setting('relata.role_ids', true), ''), '{}')::uuid[];

comment on function authz.role_ids() is
  'The roles that the caller holds. Set by authz.claim.';
grant execute on function authz.role_ids() to relata_reader, relata_server;
