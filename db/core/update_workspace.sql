-- The settings of a workspace: each asks for the permission that it belongs to, and
-- is checked as if nobody had checked it before.

create or replace function private.check_workspace_name(name text) returns void
language plpgsql
as $$
begin
  if length(name) > 255 or name ~ '[[:cntrl:]\u0080-\u009f\u2028\u2029]' then
    perform private.fail('INPUT', 'A name has up to 255 characters, in one line.', 'displayName');
  end if;
end
$$;

comment on function private.check_workspace_name(text) is
  'Nothing when a workspace may be called so: mails say it in one line.';

create or replace function private.setting_permission(name text) returns text
language sql immutable
return case
  when name in ('displayName', 'subdomain', 'customDomain', 'trashRetentionDays') then 'workspace'
  when name in ('isPublicInviteLinkEnabled', 'defaultRoleId') then 'members'
  when name in ('isPasswordAuthEnabled', 'isMagicLinkEnabled', 'isGoogleAuthEnabled', 'isMicrosoftAuthEnabled',
                'isTwoFactorAuthenticationEnforced', 'allowImpersonation') then 'security'
end;

comment on function private.setting_permission(text) is
  'The permission that a setting of a workspace belongs to; null when there is no such setting.';

create or replace function private.setting_type(name text) returns text
language sql immutable
return case
  when name in ('displayName', 'subdomain', 'customDomain', 'defaultRoleId') then 'string'
  when name = 'trashRetentionDays' then 'number'
  else 'boolean'
end;

comment on function private.setting_type(text) is
  'The JSON type of a workspace''s setting.';

create or replace function private.check_settings_of_workspace(data jsonb) returns void
language plpgsql
as $$
declare
  _key text;
  _type text;
begin
  for _key in select jsonb_object_keys(data) loop
    if private.setting_permission(_key) is null then
      perform private.fail('INPUT', 'There is no such setting.', _key);
    end if;
    perform authz.require_permission(private.setting_permission(_key));
    _type := jsonb_typeof(data -> _key);
    if _type <> private.setting_type(_key)
      and not (_type = 'null' and _key in ('customDomain', 'defaultRoleId'))
    then
      perform private.fail('INPUT', 'The setting has another type.', _key);
    end if;
  end loop;
  perform private.check_workspace_name(data ->> 'displayName');
  if btrim(data ->> 'displayName') = '' then
    perform private.fail('INPUT', 'A workspace has a name.', 'displayName');
  elsif (data ->> 'trashRetentionDays')::numeric not between 0 and 3650 or (data ->> 'trashRetentionDays')::numeric % 1 <> 0 then
    perform private.fail('INPUT', 'The trash is kept for 0 to 3650 days.', 'trashRetentionDays');
  elsif lower(data ->> 'customDomain') !~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9-]{2,63}$'
    or length(data ->> 'customDomain') > 253 or data ->> 'customDomain' ~ '^[0-9.]+$' then
    perform private.fail('INPUT', 'That is no domain, such as crm.example.com.', 'customDomain');
  end if;
  if data ? 'subdomain' then
    perform private.check_subdomain(data ->> 'subdomain', 'subdomain');
  end if;
  if data ->> 'defaultRoleId' is not null then
    perform private.role_to_give((data ->> 'defaultRoleId')::uuid, 'defaultRoleId');
  end if;
end
$$;

comment on function private.check_settings_of_workspace(jsonb) is
  'Nothing when the caller may give the workspace these settings and each is valid.';

create or replace function private.has_way_in(workspace core.workspaces) returns boolean
language sql stable
return workspace.is_password_auth_enabled or workspace.is_magic_link_enabled
  or workspace.is_google_auth_enabled or workspace.is_microsoft_auth_enabled
  or exists (select from core.identity_providers p where p.workspace_id = workspace.id and p.status = 'ACTIVE');

comment on function private.has_way_in(core.workspaces) is
  'Whether members can sign in to a workspace by any method at all.';

create or replace function core.update_workspace(data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _workspace core.workspaces;
begin
  perform authz.require_self();
  perform private.check_settings_of_workspace(data);
  update core.workspaces w set
    name = coalesce(btrim(data ->> 'displayName'), w.name),
    subdomain = coalesce(data ->> 'subdomain', w.subdomain),
    custom_domain = case when data ? 'customDomain' then lower(data ->> 'customDomain') else w.custom_domain end,
    -- Another domain has to be proven again.
    is_custom_domain_proven = w.is_custom_domain_proven
      and (not data ? 'customDomain' or lower(data ->> 'customDomain') is not distinct from w.custom_domain),
    trash_retention_days = coalesce((data ->> 'trashRetentionDays')::int, w.trash_retention_days),
    is_invite_link_enabled = coalesce((data ->> 'isPublicInviteLinkEnabled')::boolean, w.is_invite_link_enabled),
    default_role_id = case when data ? 'defaultRoleId' then (data ->> 'defaultRoleId')::uuid else w.default_role_id end,
    is_password_auth_enabled = coalesce((data ->> 'isPasswordAuthEnabled')::boolean, w.is_password_auth_enabled),
    is_magic_link_enabled = coalesce((data ->> 'isMagicLinkEnabled')::boolean, w.is_magic_link_enabled),
    is_google_auth_enabled = coalesce((data ->> 'isGoogleAuthEnabled')::boolean, w.is_google_auth_enabled),
    is_microsoft_auth_enabled = coalesce((data ->> 'isMicrosoftAuthEnabled')::boolean, w.is_microsoft_auth_enabled),
    is_two_factor_enforced = coalesce((data ->> 'isTwoFactorAuthenticationEnforced')::boolean, w.is_two_factor_enforced),
    allows_impersonation = coalesce((data ->> 'allowImpersonation')::boolean, w.allows_impersonation)
  where w.id = authz.workspace_id()
  returning * into strict _workspace;
  if not private.has_way_in(_workspace) then
    perform private.fail('INPUT', 'Nobody could sign in any more: leave one method switched on.', 'isPasswordAuthEnabled');
  end if;
  return _workspace.id;
exception when unique_violation then
  -- Somebody took it at this moment.
  perform private.fail('NAMEX', 'That subdomain is taken.', 'subdomain');
  return null;
end
$$;

comment on function core.update_workspace(jsonb) is
  'Gives the workspace other settings: displayName, subdomain, customDomain, trashRetentionDays (permission workspace), isPublicInviteLinkEnabled, defaultRoleId (members), ways to sign in and allowImpersonation (security).';
grant execute on function core.update_workspace(jsonb) to relata_reader;
