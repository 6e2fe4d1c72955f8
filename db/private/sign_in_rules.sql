-- The questions of authz.begin_sign_in: whom an identity stands for, whether the
-- workspace lets him in by that method, and what he must show beside.

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

create or replace function private.require_way_in(identity jsonb, workspace_id uuid) returns void
language plpgsql
as $$
declare
  _method text := identity ->> 'method';
  _setting text := case when _method in ('PASSWORD', 'MAGIC_LINK', 'GOOGLE', 'MICROSOFT') then 'is_' || lower(_method) || '_auth_enabled' end;
  _workspace jsonb := (select to_jsonb(w) from core.workspaces w where w.id = require_way_in.workspace_id);
begin
  if _workspace ->> 'suspended_at' is not null then
    perform private.fail('CREDS', 'Wrong email or password.');
  end if;
  if _setting is not null and not coalesce((_workspace ->> _setting)::boolean, true) then
    perform private.fail('NOWAY', 'This workspace lets nobody in that way.');
  end if;
  perform private.require_provider(identity, require_way_in.workspace_id);
end
$$;

comment on function private.require_way_in(jsonb, uuid) is
  'Nothing when the workspace lets people in by this method; SIGN_IN_METHOD_DISABLED otherwise.';

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
