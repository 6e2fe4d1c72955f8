create or replace function authz.user_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.user_id', true), '')::uuid;

comment on function authz.user_id() is
  'The user this transaction speaks for, or null when nobody signed in. Set by authz.claim.';
grant execute on function authz.user_id() to relata_anonymous, relata_reader, relata_server;
