-- Somebody takes his account away: he leaves every workspace, and what is known of him
-- by name and address goes, but for the name in what he has written.

create or replace function private.forget_member(member_id uuid) returns void
language plpgsql
as $$
begin
  perform private.remove_member(forget_member.member_id);
  execute format('update %I.workspace_member set user_email = null, user_id = null, avatar_url = null where id = $1',
                 (select w.schema_name from core.workspaces w where w.id = authz.workspace_id()))
    using forget_member.member_id;
end
$$;

comment on function private.forget_member(uuid) is
  'Takes a member out of this workspace, and his address out of his record.';

create or replace function core.delete_user() returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := authz.user_id();
  _own uuid := authz.workspace_id();
  _membership record;
begin
  perform authz.require_self();
  perform private.require_fresh_sign_in();
  perform set_config('relata.workspace_id', '', true);
  -- A workspace's own provider speaks for nobody in another.
  if exists (select from core.workspace_members m where m.user_id = _user_id and m.workspace_id <> _own) then
    perform authz.require_own_sign_in();
  end if;
  for _membership in
    select m.id, m.workspace_id from core.workspace_members m where m.user_id = _user_id order by m.workspace_id
  loop
    perform set_config('relata.workspace_id', _membership.workspace_id::text, true);
    perform private.forget_member(_membership.id);
  end loop;
  perform set_config('relata.workspace_id', _own::text, true);
  delete from core.users u where u.id = _user_id;
  return _user_id;
end
$$;

comment on function core.delete_user() is
  'Takes the caller''s account away, in every workspace. LAST_OWNER while he is the only owner of one: he hands it over or deletes it first; PROOF_REQUIRED when he came in by the provider of one workspace and is in others too.';
grant execute on function core.delete_user() to relata_reader;
