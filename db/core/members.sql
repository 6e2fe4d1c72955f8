-- Members come by invitations (private.join_workspace) and go: they leave, are removed,
-- or hand the workspace over.

create or replace function private.require_member(member_id uuid, field text) returns void
language plpgsql stable
as $$
begin
  if not exists (select from core.workspace_members m where m.workspace_id = authz.workspace_id() and m.id = require_member.member_id) then
    perform private.fail('NTFND', 'There is no such member.', field);
  end if;
end
$$;

comment on function private.require_member(uuid, text) is
  'Nothing for a member of this workspace; NOT_FOUND for anybody else.';

create or replace function authz.require_self() returns void
language plpgsql stable
as $$
begin
  if authz.member_id() is null or nullif(current_setting('relata.impersonator_id', true), '') is not null then
    raise exception using errcode = '42501', message = 'Only the member himself may do that.';
  end if;
end
$$;

comment on function authz.require_self() is
  'Nothing when a member speaks for himself; PERMISSION_DENIED for programs, and for who impersonates him.';
grant execute on function authz.require_self() to relata_reader, relata_server;

create or replace function authz.require_own_sign_in() returns void
language plpgsql stable
as $$
begin
  perform authz.require_self();
  if current_setting('relata.sign_in_method', true) in ('OIDC', 'SAML') then
    perform private.fail('PROOF', 'Prove that it is you: sign in yourself, not by a workspace''s own provider.');
  end if;
end
$$;

comment on function authz.require_own_sign_in() is
  'Nothing when a member speaks for himself, and has shown who he is to us; PROOF_REQUIRED when a workspace''s own provider says so, which holds in that workspace alone.';
grant execute on function authz.require_own_sign_in() to relata_server;

create or replace function authz.require_owner() returns void
language plpgsql stable
as $$
begin
  perform authz.require_self();
  if not authz.has_permission('*') then
    raise exception using errcode = '42501', message = 'Only an owner of the workspace may do that.';
  end if;
end
$$;

comment on function authz.require_owner() is
  'Nothing when the caller may do everything here, as owners may, and speaks for himself; PERMISSION_DENIED otherwise.';
grant execute on function authz.require_owner() to relata_reader, relata_server;

create or replace function private.require_fresh_sign_in() returns void
language plpgsql stable
as $$
begin
  -- What is no request (a script as a member) has no sign-in.
  if exists (select from private.sessions s
             where s.id = nullif(current_setting('relata.session_id', true), '')::uuid and s.created_at < now() - interval '30 minutes') then
    perform private.fail('PROOF', 'Prove that it is you: sign in anew.');
  end if;
end
$$;

comment on function private.require_fresh_sign_in() is
  'Nothing within half an hour after signing in; PROOF_REQUIRED later: a token that was left lying about ends nothing for good.';

create or replace function core.remove_member(member_id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if remove_member.member_id = authz.member_id() then
    return core.leave_workspace();
  end if;
  perform authz.require_permission('members');
  perform private.require_member(remove_member.member_id, 'workspaceMemberIdToDelete');
  if not private.holds_all(private.permissions_of(remove_member.member_id)) then
    perform private.fail('42501', 'That member may do more than you.', 'workspaceMemberIdToDelete');
  end if;
  perform private.remove_member(remove_member.member_id);
  return remove_member.member_id;
end
$$;

comment on function core.remove_member(uuid) is
  'Takes a colleague out of the workspace; his next request is refused. Needs the permission members, and all that he may do. LAST_OWNER for the only owner.';
grant execute on function core.remove_member(uuid) to relata_reader;

create or replace function core.leave_workspace() returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_self();
  perform private.remove_member(authz.member_id());
  return authz.member_id();
end
$$;

comment on function core.leave_workspace() is
  'Takes the caller out of the workspace. LAST_OWNER for the only owner.';
grant execute on function core.leave_workspace() to relata_reader;

create or replace function core.transfer_ownership(member_id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_owner();
  perform private.require_fresh_sign_in();
  perform private.require_member(transfer_ownership.member_id, 'workspaceMemberId');
  if transfer_ownership.member_id = authz.member_id() then
    perform private.fail('INPUT', 'Name somebody else.', 'workspaceMemberId');
  end if;
  -- Two at once hand over one after the other: the second is no owner any more.
  perform private.lock_access(authz.workspace_id());
  if not private.is_owner(authz.member_id()) then
    perform private.fail('42501', 'Only an owner of the workspace may do that.');
  end if;
  perform private.give_only_role(transfer_ownership.member_id, 'OWNER');
  perform private.give_only_role(authz.member_id(), 'ADMIN');
  return transfer_ownership.member_id;
end
$$;

comment on function core.transfer_ownership(uuid) is
  'Makes another member an owner instead of the caller, who becomes an ADMIN. For owners.';
grant execute on function core.transfer_ownership(uuid) to relata_reader;

create or replace function private.give_only_role(member_id uuid, role text) returns void
language plpgsql
as $$
declare
  _role_id uuid := (select r.id from core.roles r where r.workspace_id = authz.workspace_id() and r.name = give_only_role.role);
begin
  insert into core.role_assignments (workspace_id, role_id, member_id)
    values (authz.workspace_id(), _role_id, give_only_role.member_id) on conflict do nothing;
  delete from core.role_assignments a
    where a.workspace_id = authz.workspace_id() and a.member_id = give_only_role.member_id and a.role_id <> _role_id;
end
$$;

comment on function private.give_only_role(uuid, text) is
  'Gives a member of this workspace one role instead of those he has.';
