-- The questions of authz.begin_sign_in: whom an identity stands for, where he wants in,
-- whether the workspace lets him in by that method, and what he must show beside.

create or replace function private.user_of_identity(identity jsonb) returns uuid
language plpgsql
as $$
declare
  _user_id uuid;
begin
  perform private.require_provider(identity);
  if identity ->> 'subject' is not null then
    select i.user_id into _user_id from private.user_identities i
      where i.issuer = identity ->> 'issuer' and i.subject = identity ->> 'subject'
        and i.provider_id is not distinct from (identity ->> 'providerId')::uuid;
    if found then
      return _user_id;
    end if;
  end if;
  return private.user_of_address(identity);
end
$$;

comment on function private.user_of_identity(jsonb) is
  'The user whom an identity stands for: by the provider''s own name for him, or else by his proven address; null when there is none.';

create or replace function private.keep_identity(user_id uuid, identity jsonb) returns void
language sql
begin atomic
  insert into private.user_identities (user_id, issuer, subject, provider_id)
  select keep_identity.user_id, identity ->> 'issuer', identity ->> 'subject', (identity ->> 'providerId')::uuid
  where identity ->> 'subject' is not null
  on conflict do nothing;
end;

comment on function private.keep_identity(uuid, jsonb) is
  'Remembers the account elsewhere by which a user came in.';

create or replace function private.hash_of_link(token text) returns bytea
language sql immutable parallel safe
return sha256(convert_to(token, 'UTF8'));

comment on function private.hash_of_link(text) is
  'What is kept of a token.';

create or replace function private.invitation_of_door(door jsonb) returns bytea
language sql immutable parallel safe
-- A door that was kept for later (src/auth/keptDoor.ts) holds no token.
return coalesce(private.hash_of_link(door ->> 'invitation'), decode(door ->> 'invitationHash', 'hex'));

comment on function private.invitation_of_door(jsonb) is
  'SHA-256 of the invitation''s token that somebody brings, or brought when his door was kept; null when he has none.';

create or replace function private.workspace_of_door(user_id uuid, identity jsonb, door jsonb) returns uuid
language plpgsql
as $$
declare
  _invited uuid := private.workspace_of_invitation(private.invitation_of_door(door));
  _named uuid := authz.workspace_at(door ->> 'workspace');
begin
  if door ->> 'workspace' is not null then
    -- The invitation is one to this workspace, or says nothing here.
    return _named;
  elsif private.invitation_of_door(door) is not null then
    return _invited;
  end if;
  return (select w.id from authz.workspaces_of(user_id) w limit 1);
end
$$;

comment on function private.workspace_of_door(uuid, jsonb, jsonb) is
  'The workspace that somebody wants to come into: the one named, the one that he is invited to, or his oldest.';

create or replace function private.come_in(user_id uuid, identity jsonb, door jsonb, workspace_id uuid) returns uuid
language plpgsql
as $$
declare
  _user_id uuid := come_in.user_id;
  _is_proven boolean;
begin
  perform set_config('relata.workspace_id', come_in.workspace_id::text, true);
  if exists (select from core.workspace_members m where m.workspace_id = come_in.workspace_id and m.user_id = _user_id) then
    return _user_id;
  end if;
  -- What somebody has proven to us, or to a provider of the workspace's own.
  if not coalesce((identity ->> 'isEmailVerified')::boolean, false) then
    return null;
  end if;
  if _user_id is null then
    insert into core.users (email, first_name, last_name)
      values (lower(identity ->> 'email'), coalesce(identity ->> 'firstName', ''), coalesce(identity ->> 'lastName', ''))
      returning id into _user_id;
  end if;
  -- Google may have seen the address years ago: only who owns its domain proves that it is his now.
  _is_proven := identity ->> 'subject' is null or coalesce((identity ->> 'ownsAddress')::boolean, false);
  if private.join_workspace(_user_id, come_in.workspace_id, private.invitation_of_door(door), _is_proven) is null then
    if identity ->> 'providerId' is null then
      return null;
    end if;
    -- Whom the workspace's own provider vouches for is one of its people.
    perform private.require_provider(identity, come_in.workspace_id),
            private.add_member(come_in.workspace_id, _user_id, private.default_role());
  end if;
  return _user_id;
end
$$;

comment on function private.come_in(uuid, jsonb, jsonb, uuid) is
  'The user, who is a member or becomes one now, by an invitation, the domain of his address, or as the workspace''s own provider vouches for him; null when nothing lets him in.';

create or replace function private.require_way_in(identity jsonb, workspace_id uuid) returns void
language plpgsql
as $$
declare
  _workspace core.workspaces;
begin
  select * into _workspace from core.workspaces w where w.id = require_way_in.workspace_id;
  if _workspace.suspended_at is not null then
    perform private.fail('SUSPD', 'This workspace is suspended.');
  elsif not (case identity ->> 'method'
      when 'PASSWORD' then _workspace.is_password_auth_enabled
      when 'MAGIC_LINK' then _workspace.is_magic_link_enabled
      when 'GOOGLE' then _workspace.is_google_auth_enabled
      when 'MICROSOFT' then _workspace.is_microsoft_auth_enabled
      else true
    end)
  then
    perform private.fail('NOWAY', 'This workspace lets nobody in that way.');
  end if;
  perform private.require_provider(identity, require_way_in.workspace_id);
end
$$;

comment on function private.require_way_in(jsonb, uuid) is
  'Nothing when the workspace lets people in by this method; SIGN_IN_METHOD_DISABLED, or WORKSPACE_SUSPENDED, otherwise.';

create or replace function private.factors_wanted(identity jsonb, user_id uuid, workspace_id uuid)
returns table (kinds text[], must_enrol boolean)
language plpgsql
as $$
begin
  kinds := '{}';
  must_enrol := false;
  if not coalesce((identity ->> 'isStrong')::boolean, false) and to_regproc('authz.second_factors_of') is not null then
    execute 'select * from authz.second_factors_of($1, $2)' into kinds, must_enrol using user_id, workspace_id;
  end if;
  return next;
end
$$;

comment on function private.factors_wanted(jsonb, uuid, uuid) is
  'What a user must show beside what he has shown: one of some kinds, or that he enrols.';
