-- A permission is named object.action (`companies.read`) or is a settings flag
-- (`data_model`); `*.read` holds for every object and `*` for everything.
-- authz.claim puts the role's list into the transaction, so this reads no table.

create or replace function authz.has_permission(permission text) returns boolean
language sql stable parallel safe
return coalesce(
  string_to_array(pg_catalog.current_setting('relata.permissions', true), ',')
    && array['*', permission, '*.' || split_part(permission, '.', 2)],
  false
);

comment on function authz.has_permission(text) is
  'Whether the caller''s role holds a permission such as companies.read, or a flag such as data_model.';
grant execute on function authz.has_permission(text) to relata_reader, relata_server;

create or replace function authz.require_permission(permission text) returns void
language plpgsql stable
as $$
begin
  if not authz.has_permission(permission) then
    raise exception using errcode = '42501',
      message = format('This needs the permission %s.', permission);
  end if;
end
$$;

comment on function authz.require_permission(text) is
  'Nothing, when the caller''s role holds the permission; PERMISSION_DENIED (42501) otherwise.';
grant execute on function authz.require_permission(text) to relata_reader, relata_server;
