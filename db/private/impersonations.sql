-- Somebody sees the workspace as a colleague does: by a session of the colleague's that
-- knows whose it really is. It is short, cannot be renewed, and ends with the sign-in, the
-- membership or the permission of who impersonates; what it writes names both.

create table if not exists private.impersonations (
  session_id              uuid primary key references private.sessions on delete cascade,
  impersonator_session_id uuid not null references private.sessions on delete cascade,
  impersonator_user_id    uuid not null references core.users on delete cascade
);

create index if not exists impersonations_impersonator_session_id_idx on private.impersonations (impersonator_session_id);
create index if not exists impersonations_impersonator_user_id_idx on private.impersonations (impersonator_user_id);

comment on table private.impersonations is
  'Who is behind a session of somebody else''s. A session of that kind without a row here lets nobody in.';

create or replace function private.may_impersonate(impersonator_user_id uuid, user_id uuid) returns boolean
language sql stable
begin atomic
  select exists (
    select from core.workspaces w
    join private.access i on i.workspace_id = w.id and i.caller_id = may_impersonate.impersonator_user_id and i.member_id is not null
    join private.access t on t.workspace_id = w.id and t.caller_id = may_impersonate.user_id and t.member_id is not null
    where w.id = authz.workspace_id() and w.allows_impersonation
      and i.permissions && '{*,impersonate}' and i.caller_id <> t.caller_id
      -- What is held back from him the other may see.
      and i.fields_key is null and i.conditions = '{}'
      and not '*' = any (t.permissions)
      -- Or it would be a way up.
      and not exists (
        select from unnest(t.permissions) p
        where not i.permissions && array['*', p, '*.' || split_part(p, '.', 2)]));
end;

comment on function private.may_impersonate(uuid, uuid) is
  'Whether the workspace allows impersonation, and a member with the permission impersonate may be that other one: no owner, nobody who may do more than he himself; who does not see every field or record is nobody else at all.';

create or replace function private.claim_impersonation(session_id uuid) returns void
language plpgsql
as $$
declare
  _behind record;
begin
  select a.member_id, btrim(u.first_name || ' ' || u.last_name) as name into _behind
    from private.impersonations i
    join private.access a on a.workspace_id = authz.workspace_id() and a.caller_id = i.impersonator_user_id
    join core.users u on u.id = i.impersonator_user_id
    where i.session_id = claim_impersonation.session_id and private.may_impersonate(i.impersonator_user_id, authz.user_id());
  if not found then
    perform private.fail('LOGIN', 'Sign in first.');
  end if;
  perform set_config('relata.impersonator_id', _behind.member_id::text, true),
          set_config('relata.actor_name', format('%s (by %s)', authz.actor_name(), _behind.name), true);
end
$$;

comment on function private.claim_impersonation(uuid) is
  'Makes a claim by such a session say who is behind it; LOGIN_REQUIRED when he may no longer be.';

create or replace function authz.impersonate(
  user_id uuid, workspace_id uuid, session_id uuid, target_user_id uuid, token_hash bytea, lifetime interval)
returns table (opened_session_id uuid, subdomain text, expires_at timestamptz)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.claim(impersonate.user_id, impersonate.workspace_id, null, impersonate.session_id);
  perform authz.require_self();
  perform authz.require_permission('impersonate');
  if session_id is null then
    raise exception using errcode = '42501', message = 'Only the member himself may do that.';
  elsif not exists (select from private.access a
                    where a.workspace_id = impersonate.workspace_id and a.caller_id = target_user_id and a.member_id is not null) then
    perform private.fail('NTFND', 'There is no such member.', 'userId');
  elsif not private.may_impersonate(impersonate.user_id, target_user_id) then
    raise exception using errcode = '42501', column = 'userId',
      message = 'The workspace does not allow it, or that member may do more than you.';
  end if;
  -- Whoever would have to show a second factor to come in has shown it.
  if exists (select from private.sessions s, private.factors_wanted(jsonb_build_object('isStrong', s.is_strong), s.user_id, s.workspace_id) f
             where s.id = impersonate.session_id and (cardinality(f.kinds) > 0 or f.must_enrol)) then
    perform private.fail('PROOF', 'Prove that it is you: sign in anew.');
  end if;
  opened_session_id := private.open_session(target_user_id, impersonate.workspace_id, token_hash, lifetime, 'IMPERSONATION', true);
  insert into private.impersonations (session_id, impersonator_session_id, impersonator_user_id)
    values (opened_session_id, impersonate.session_id, impersonate.user_id);
  -- Nothing renews it: the way back is to sign in as oneself.
  delete from private.refresh_tokens t where t.session_id = opened_session_id;
  select w.subdomain, now() + lifetime into impersonate.subdomain, impersonate.expires_at
    from core.workspaces w where w.id = impersonate.workspace_id;
  return next;
end
$$;

comment on function authz.impersonate(uuid, uuid, uuid, uuid, bytea, interval) is
  'Opens a session by which a member with the permission impersonate is another one, where the workspace allows it; never an owner, and nobody who may do more. For the server alone.';
grant execute on function authz.impersonate(uuid, uuid, uuid, uuid, bytea, interval) to relata_server;
