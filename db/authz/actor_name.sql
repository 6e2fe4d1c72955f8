create or replace function authz.actor_name() returns text
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.actor_name', true), '');

comment on function authz.actor_name() is
  'What to call whoever writes: the name kept in createdBy and updatedBy. Set by authz.claim.';
grant execute on function authz.actor_name() to relata_anonymous, relata_reader, relata_server;
