create or replace function authz.actor_source() returns text
language sql stable parallel safe
return coalesce(nullif(pg_catalog.current_setting('relata.actor_source', true), ''), 'SYSTEM');

comment on function authz.actor_source() is
  'How this transaction came: API, IMPORT, WORKFLOW, … ; SYSTEM when nobody said. Kept in createdBy and updatedBy.';
grant execute on function authz.actor_source() to relata_anonymous, relata_reader, relata_server;
