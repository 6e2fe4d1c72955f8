-- The public link by which anybody joins: one for each workspace, switched off by
-- is_invite_link_enabled, and worthless once there is a new one.

create or replace function core.rotate_invite_link(token_hash text, sealed text) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('members');
  perform private.role_to_give((select w.default_role_id from core.workspaces w where w.id = authz.workspace_id()), 'roleId');
  insert into private.invite_links (workspace_id, token_hash, sealed)
    values (authz.workspace_id(), decode(rotate_invite_link.token_hash, 'hex'), decode(rotate_invite_link.sealed, 'base64'))
    on conflict (workspace_id) do update
      set token_hash = excluded.token_hash, sealed = excluded.sealed, created_at = now();
end
$$;

comment on function core.rotate_invite_link(text, text) is
  'Gives the workspace a new invite link, by the hash of its token (hex) and the token sealed (base64); the one before leads nowhere. Needs the permission members, and all that the default role may do.';
grant execute on function core.rotate_invite_link(text, text) to relata_reader;

create or replace function core.invite_link() returns text
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('members');
  -- Or a second self of his would come in by it, and may do more than he.
  if not private.sees_all() or not private.holds_all(
    (select r.permissions from core.roles r where r.workspace_id = authz.workspace_id() and r.name = private.default_role())) then
    return null;
  end if;
  return (
    select encode(l.sealed, 'base64')
    from private.invite_links l join core.workspaces w on w.id = l.workspace_id
    where l.workspace_id = authz.workspace_id() and w.is_invite_link_enabled
  );
end
$$;

comment on function core.invite_link() is
  'The workspace''s invite link, sealed (base64), for the server to open; null when there is none, it is switched off, or who joins by it may do more than the caller. Needs the permission members.';
grant execute on function core.invite_link() to relata_reader;
