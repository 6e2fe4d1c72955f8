-- The schemas, and what nobody may do by default.

create schema if not exists core;
create schema if not exists authz;
create schema if not exists private;
create schema if not exists trash;

-- Already there, when the administrator ran extensions.sql.
do $$
begin
  if to_regnamespace('extensions') is null then
    create schema extensions;
    grant usage on schema extensions to relata_reader;
  end if;
  create extension if not exists unaccent schema extensions;
  create extension if not exists pg_trgm schema extensions;
end
$$;

comment on schema core is
  'What the metadata API shows: workspaces, users, members, roles, objects, fields, relations, views.';
comment on schema authz is
  'The questions that policies ask. Callable; owns no table.';
comment on schema private is
  'The machine room: secrets, and the functions that turn metadata into tables. Nobody is granted anything here.';
comment on schema trash is
  'Tables of objects that were deleted, until they are purged, each called by its id in core.trash. Nobody is granted anything here.';

grant usage on schema core, authz to relata_anonymous, relata_reader, relata_server;
grant usage on schema authz to relata_worker;

-- What is not granted by name is granted to nobody.
alter default privileges for role relata_owner revoke execute on functions from public;
alter default privileges for role relata_owner revoke usage on types from public;
alter default privileges for role relata_owner revoke all on tables from public;
