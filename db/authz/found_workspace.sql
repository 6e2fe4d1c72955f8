-- A new workspace, for somebody who is signed in somewhere or has just signed up; he
-- owns it. Whether anybody may, or administrators of the server alone, the server says
-- by its configuration (IS_MULTIWORKSPACE_ENABLED,
-- IS_WORKSPACE_CREATION_LIMITED_TO_SERVER_ADMINS).

create or replace function authz.found_workspace(user_id uuid, display_name text, subdomain text, for_everybody boolean, is_first_only boolean)
returns table (workspace_id uuid, member_id uuid)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user core.users;
  _name text := btrim(coalesce(display_name, ''));
  _subdomain text := lower(btrim(coalesce(found_workspace.subdomain, '')));
begin
  perform set_config('relata.workspace_id', '', true), set_config('relata.user_id', found_workspace.user_id::text, true);
  perform pg_advisory_xact_lock(hashtextextended('relata.found_workspace', 0));
  select * into _user from core.users u where u.id = found_workspace.user_id;
  if not found then
    perform private.fail('LOGIN', 'Sign in first.');
  elsif not exists (select from private.workspace_addresses) then
    -- Whoever sets the server up administers it.
    update core.users u set is_server_admin = true where u.id = _user.id;
  elsif not _user.is_server_admin and (not for_everybody or is_first_only) then
    perform private.fail('CLOSD', 'New workspaces are made by the administrators of this server.');
  end if;
  perform private.check_workspace_name(_name);
  if _subdomain = '' then
    _subdomain := private.free_subdomain(coalesce(nullif(_name, ''), split_part(split_part(_user.email, '@', 2), '.', 1)));
  end if;
  perform private.check_subdomain(_subdomain, 'subdomain');
  workspace_id := private.create_workspace(coalesce(nullif(_name, ''), initcap(replace(_subdomain, '-', ' '))), _subdomain);
  member_id := private.add_member(workspace_id, found_workspace.user_id, 'OWNER');
  return next;
end
$$;

comment on function authz.found_workspace(uuid, text, text, boolean, boolean) is
  'Makes a workspace that a user owns; without a subdomain it takes a free one like its name. SIGN_UP_CLOSED unless he is an administrator of the server, or it is for everybody and more than one is wanted; the first is anybody''s, who administers the server from then on. For the server alone.';
grant execute on function authz.found_workspace(uuid, text, text, boolean, boolean) to relata_server;

create or replace function private.free_subdomain(wish text) returns text
language plpgsql
as $$
declare
  _base text := btrim(left(regexp_replace(lower(extensions.unaccent(wish)), '[^a-z0-9]+', '-', 'g'), 40), '-');
  _tried text;
begin
  for _n in 0 .. 20 loop
    _tried := case when _n = 0 then _base else btrim(_base || '-' || substr(md5(gen_random_uuid()::text), 1, 6), '-') end;
    if authz.is_subdomain_free(_tried) then
      return _tried;
    end if;
  end loop;
  return replace(gen_random_uuid()::text, '-', '');
end
$$;

comment on function private.free_subdomain(text) is
  'A subdomain that nobody has, as like a name as can be.';
