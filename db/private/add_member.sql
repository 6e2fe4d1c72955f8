create or replace function private.create_user(email text, password_hash text, first_name text, last_name text)
returns uuid
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _user as (
    insert into core.users (email, first_name, last_name)
    values (lower(create_user.email), create_user.first_name, create_user.last_name)
    returning id
  )
  insert into private.user_secrets (user_id, password_hash)
  select id, create_user.password_hash from _user
  returning user_id;
end;

comment on function private.create_user(text, text, text, text) is
  'Makes a user who signs in with a password, kept as its Argon2id hash (PHC string), and answers his id.';

create or replace function private.add_member(workspace_id uuid, user_id uuid, role text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid := authz.uuid_v7();
  _schema text;
  _user core.users;
begin
  perform set_config('relata.workspace_id', add_member.workspace_id::text, true);
  select w.schema_name into strict _schema from core.workspaces w where w.id = add_member.workspace_id;
  select * into strict _user from core.users u where u.id = add_member.user_id;

  insert into core.workspace_members (id, workspace_id, user_id) values (_id, add_member.workspace_id, add_member.user_id);
  insert into core.role_assignments (workspace_id, role_id, member_id)
    select add_member.workspace_id, r.id, _id
    from core.roles r where r.workspace_id = add_member.workspace_id and r.name = add_member.role;

  if not found then
    perform private.fail('NTFND', 'There is no such role.', 'role');
  end if;

  -- The record by which colleagues know the member has the same id.
  execute format(
    'insert into %I.workspace_member (id, user_id, user_email, first_name, last_name) values ($1, $2, $3, $4, $5)',
    _schema) using _id, _user.id, _user.email, _user.first_name, _user.last_name;
  return _id;
end
$$;

comment on function private.add_member(uuid, uuid, text) is
  'Makes a user a member of a workspace in a role (OWNER, ADMIN, MEMBER, GUEST, …) and answers the member''s id.';

create or replace function private.remove_member(member_id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _schema text;
  _user_id uuid;
begin
  -- What nobody else could see.
  delete from core.views v where v.creator_id = remove_member.member_id and v.visibility = 'UNLISTED';
  delete from core.workspace_members m where m.id = remove_member.member_id and m.workspace_id = authz.workspace_id()
    returning m.user_id into _user_id;
  if not found then
    perform private.fail('NTFND', 'There is no such member.', 'memberId');
  end if;
  -- Or his old refresh tokens would work again should he come back.
  delete from private.sessions s where s.user_id = _user_id and s.workspace_id = authz.workspace_id();
  select w.schema_name into strict _schema from core.workspaces w where w.id = authz.workspace_id();
  execute format('update %I.workspace_member set deleted_at = now() where id = $1', _schema) using remove_member.member_id;
end
$$;

comment on function private.remove_member(uuid) is
  'Takes a member out of the workspace this transaction speaks for and ends his sessions; his next request is refused.';
