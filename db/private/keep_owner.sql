-- A workspace is never without an owner, whoever leaves, is removed or gets another
-- role, and however many do so at once: they are looked at one after the other.

create or replace function private.is_owner(member_id uuid) returns boolean
language sql stable
begin atomic
  select exists (
    select from core.role_assignments a join core.roles r on r.id = a.role_id
    where a.workspace_id = authz.workspace_id() and a.member_id = is_owner.member_id and r.name = 'OWNER' and not r.is_custom);
end;

comment on function private.is_owner(uuid) is
  'Whether a member owns the workspace this transaction speaks for.';

create or replace function private.tg__keep_owner() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
begin
  perform set_config('relata.workspace_id', old.workspace_id::text, true);
  perform private.lock_access(old.workspace_id);
  -- A statement of its own, which sees what those before have committed.
  if exists (select from core.workspaces w where w.id = old.workspace_id and w.closed_at is null)
    and not exists (select from core.workspace_members m where m.workspace_id = old.workspace_id and private.is_owner(m.id))
  then
    perform private.fail('OWNER', 'A workspace has at least one owner: make somebody else one first.');
  end if;
  perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  return null;
end
$$;

comment on function private.tg__keep_owner() is
  'Refuses what would leave a workspace without an owner (LAST_OWNER); one that is deleted needs none.';

create or replace trigger _500_keep_owner
  after delete or update on core.role_assignments
  for each row when (old.member_id is not null) execute function private.tg__keep_owner();

create or replace function private.tg_workspace_members__lock() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform private.lock_access(old.workspace_id);
  return old;
end
$$;

comment on function private.tg_workspace_members__lock() is
  'Members go one after the other: else each would hold what the other''s private.build_access wants.';

create or replace trigger _100_lock
  before delete on core.workspace_members
  for each row execute function private.tg_workspace_members__lock();
