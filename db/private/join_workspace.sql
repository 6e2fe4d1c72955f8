-- How a user becomes a member: by an invitation to his address, by the workspace's
-- invite link, or by the domain of his address. Sign-in asks here when somebody comes
-- who is no member yet; nothing else lets anybody in.

create or replace function private.workspace_of_invitation(token_hash bytea) returns uuid
language sql stable
begin atomic
  select t.workspace_id from private.invitation_tokens t where t.token_hash = workspace_of_invitation.token_hash
  union all
  select l.workspace_id from private.invite_links l where l.token_hash = workspace_of_invitation.token_hash;
end;

comment on function private.workspace_of_invitation(bytea) is
  'The workspace that a token (SHA-256) of an invitation or of an invite link belongs to, whether it still holds or not.';

create or replace function authz.find_invitation(token_hash bytea)
returns table (workspace_id uuid, name text, subdomain text, email text)
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  workspace_id := private.workspace_of_invitation(token_hash);
  if workspace_id is null then
    return;
  end if;
  perform set_config('relata.workspace_id', workspace_id::text, true);
  return query
    select w.id, w.name, w.subdomain, i.email
    from core.workspaces w
    left join private.invitation_tokens t on t.token_hash = find_invitation.token_hash
    left join core.invitations i on i.id = t.invitation_id
    where w.id = find_invitation.workspace_id and w.closed_at is null and w.suspended_at is null
      and case when t.token_hash is null then w.is_invite_link_enabled else i.expires_at > now() end;
end
$$;

comment on function authz.find_invitation(bytea) is
  'The workspace that the token (SHA-256) of an invitation or of an invite link opens, and the address that it was mailed to; no row when it does not hold. The transaction speaks for that workspace from then on. For the server alone.';
grant execute on function authz.find_invitation(bytea) to relata_server;

create or replace function private.join_workspace(
  user_id uuid, workspace_id uuid, token_hash bytea default null, is_address_proven boolean default false)
returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _member_id uuid;
  _email text;
  _workspace core.workspaces;
  _role text;
begin
  perform set_config('relata.workspace_id', join_workspace.workspace_id::text, true);
  select * into _workspace from core.workspaces w where w.id = join_workspace.workspace_id;
  if not found or _workspace.closed_at is not null or _workspace.suspended_at is not null then
    return null;
  end if;
  -- Who joins twice at once joins once.
  perform pg_advisory_xact_lock(hashtextextended(format('relata.join.%s.%s', workspace_id, user_id), 0));
  select m.id into _member_id from core.workspace_members m
    where m.workspace_id = join_workspace.workspace_id and m.user_id = join_workspace.user_id;
  if found then
    return _member_id;
  end if;
  select lower(u.email) into strict _email from core.users u where u.id = join_workspace.user_id;

  -- Whoever brings the mail's token has read that address's mail.
  delete from core.invitations i
    where i.workspace_id = join_workspace.workspace_id and i.email = _email and i.expires_at > now()
      and (is_address_proven or exists (
        select from private.invitation_tokens t where t.invitation_id = i.id and t.token_hash = join_workspace.token_hash))
    returning (select r.name from core.roles r where r.id = i.role_id) into _role;
  if _role is null and _workspace.is_invite_link_enabled and exists (
    select from private.invite_links l
    where l.workspace_id = join_workspace.workspace_id and l.token_hash = join_workspace.token_hash)
  then
    _role := private.default_role();
  end if;
  if _role is null and is_address_proven and exists (
    select from core.approved_domains d
    where d.workspace_id = join_workspace.workspace_id and d.is_validated and d.domain = split_part(_email, '@', 2))
  then
    _role := private.default_role();
  end if;
  if _role is null then
    return null;
  end if;
  return private.add_member(workspace_id, user_id, _role);
end
$$;

comment on function private.join_workspace(uuid, uuid, bytea, boolean) is
  'Lets a user into a workspace by an invitation to his address, by the token (SHA-256) of its invite link, or by the approved domain of his address, and answers the member''s id: the one he has when he is a member already, null when nothing lets him in. Invitations and domains ask for a proven address; the token of an invitation''s own mail is such a proof.';
