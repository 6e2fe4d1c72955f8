create or replace function authz.workspace_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.workspace_id', true), '')::uuid;

comment on function authz.workspace_id() is
  'The workspace this transaction speaks for, or null outside of one. Set by authz.claim.';
grant execute on function authz.workspace_id() to relata_anonymous, relata_reader, relata_server;
