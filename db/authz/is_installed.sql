create or replace function authz.is_installed() returns boolean
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select exists (select from core.users);
end;

comment on function authz.is_installed() is
  'Whether anybody can sign in here yet; a database without users is offered the demo data.';
grant execute on function authz.is_installed() to relata_server;
