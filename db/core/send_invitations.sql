-- Invitations by mail. Whoever invites learns nothing of an address but whether it
-- belongs to a colleague, whom he sees anyway. Tokens are made, hashed and sealed by
-- the server; here they are kept, and their mail is queued in the same transaction.

create or replace function private.invitation_data(invitation core.invitations) returns jsonb
language sql immutable
return jsonb_build_object('id', invitation.id, 'email', invitation.email, 'roleId', invitation.role_id, 'expiresAt', invitation.expires_at);

comment on function private.invitation_data(core.invitations) is
  'What the API tells of an invitation.';

create or replace function private.mail_invitation(invitation core.invitations, token_hash bytea, link jsonb) returns void
language plpgsql
as $$
declare
  _workspace core.workspaces;
begin
  select * into strict _workspace from core.workspaces w where w.id = invitation.workspace_id;
  insert into private.invitation_tokens (token_hash, workspace_id, invitation_id)
    values (mail_invitation.token_hash, invitation.workspace_id, invitation.id)
    on conflict (invitation_id) do update set token_hash = excluded.token_hash;
  if private.may_mail(invitation.email) then
    perform private.send_mail('invitation', invitation.email,
      jsonb_build_object('link', link, 'workspace', private.in_one_line(_workspace.name), 'inviter', private.in_one_line(authz.actor_name()), 'expiresInMinutes', 30 * 24 * 60),
      format('invitation:%s:%s', invitation.id, encode(mail_invitation.token_hash, 'hex')));
  end if;
end
$$;

comment on function private.mail_invitation(core.invitations, bytea, jsonb) is
  'Keeps an invitation''s new token (SHA-256) instead of the one before, and mails it.';

create or replace function core.send_invitations(invitations jsonb, role_id uuid default null) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
  _one record;
  _invitation core.invitations;
  _sent jsonb := '[]';
  _errors text[] := '{}';
begin
  perform authz.require_permission('members');
  _role := private.role_to_give(send_invitations.role_id, 'roleId');
  if jsonb_array_length(invitations) not between 1 and 100 then
    perform private.fail('INPUT', 'Give 1 to 100 addresses.', 'emails');
  end if;
  -- By address, so that two lists with the same ones wait for each other in one order.
  for _one in
    select distinct on (lower(btrim(i.email))) lower(btrim(i.email)) as email, i."tokenHash" as token_hash, i.link
    from jsonb_to_recordset(invitations) i (email text, "tokenHash" text, link jsonb)
    order by 1
  loop
    if coalesce(_one.email, '') !~ '^[^@\s[:cntrl:]]+@[^@\s[:cntrl:]]+$' or length(_one.email) > 254 then
      perform private.fail('INPUT', format('%s is not an address.', _one.email), 'emails');
    elsif exists (select from core.workspace_members m join core.users u on u.id = m.user_id
                  where m.workspace_id = authz.workspace_id() and lower(u.email) = _one.email) then
      _errors := _errors || format('%s is a member already.', _one.email);
      continue;
    end if;
    insert into core.invitations (workspace_id, email, role_id, inviter_id, expires_at)
      values (authz.workspace_id(), _one.email, _role.id, authz.member_id(), now() + interval '30 days')
      on conflict (workspace_id, email) do update
        set role_id = excluded.role_id, inviter_id = excluded.inviter_id, expires_at = excluded.expires_at
      returning * into _invitation;
    perform private.mail_invitation(_invitation, decode(_one.token_hash, 'hex'), _one.link);
    _sent := _sent || private.invitation_data(_invitation);
  end loop;
  return jsonb_build_object('success', _errors = '{}', 'errors', to_jsonb(_errors), 'result', _sent);
end
$$;

comment on function core.send_invitations(jsonb, uuid) is
  'Invites a list of {email, tokenHash (hex), link (sealed)} with a role, MEMBER unless told; an address that was invited before gets a new mail, and the old one is worthless. Needs the permission members, and all that the role may do. RATE_LIMITED beyond 500 mails a week, or 10 to one address.';
grant execute on function core.send_invitations(jsonb, uuid) to relata_reader;

create or replace function core.resend_invitation(id uuid, token_hash text, link jsonb) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _invitation core.invitations;
begin
  perform authz.require_permission('members');
  update core.invitations i set expires_at = now() + interval '30 days'
    where i.workspace_id = authz.workspace_id() and i.id = resend_invitation.id
    returning * into _invitation;
  if not found then
    perform private.fail('NTFND', 'There is no such invitation.', 'appTokenId');
  end if;
  perform private.role_to_give(_invitation.role_id, 'appTokenId');
  perform private.mail_invitation(_invitation, decode(resend_invitation.token_hash, 'hex'), link);
  return jsonb_build_object('success', true, 'errors', '[]'::jsonb, 'result', jsonb_build_array(private.invitation_data(_invitation)));
end
$$;

comment on function core.resend_invitation(uuid, text, jsonb) is
  'Mails an invitation once more, with a new token and another 30 days. Needs the permission members.';
grant execute on function core.resend_invitation(uuid, text, jsonb) to relata_reader;

create or replace function core.delete_invitation(id uuid) returns text
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('members');
  delete from core.invitations i where i.workspace_id = authz.workspace_id() and i.id = delete_invitation.id;
  if not found then
    perform private.fail('NTFND', 'There is no such invitation.', 'appTokenId');
  end if;
  return 'success';
end
$$;

comment on function core.delete_invitation(uuid) is
  'Takes an invitation back: its mail is worthless from now on. Needs the permission members.';
grant execute on function core.delete_invitation(uuid) to relata_reader;

create or replace function core.find_invitations() returns jsonb
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('members');
  return (select coalesce(jsonb_agg(private.invitation_data(i) order by i.created_at, i.id), '[]')
          from core.invitations i where i.workspace_id = authz.workspace_id());
end
$$;

comment on function core.find_invitations() is
  'The invitations that nobody has accepted yet. Needs the permission members.';
grant execute on function core.find_invitations() to relata_reader;
