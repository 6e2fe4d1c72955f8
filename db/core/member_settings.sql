-- What a member is called and how he likes to see things: his record in the workspace,
-- and for himself his name at sign-in too.

create or replace function core.update_member_settings(member_id uuid, data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _columns constant jsonb := '{"firstName": "first_name", "lastName": "last_name", "avatarUrl": "avatar_url", "locale": "locale", "timeZone": "time_zone"}';
  _key text;
  _is_self boolean := update_member_settings.member_id = authz.member_id();
begin
  if _is_self then
    perform authz.require_self();
  else
    perform authz.require_permission('members');
    perform private.require_member(update_member_settings.member_id, 'workspaceMemberId');
  end if;
  for _key in select jsonb_object_keys(data) loop
    if not _columns ? _key then
      perform private.fail('INPUT', 'There is no such setting.', _key);
    elsif jsonb_typeof(data -> _key) <> 'string' or length(data ->> _key) > 255 or data ->> _key ~ '[[:cntrl:]]' then
      perform private.fail('INPUT', 'A setting is a text of up to 255 characters, in one line.', _key);
    end if;
  end loop;
  if data ->> 'locale' !~ '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$' then
    perform private.fail('INPUT', 'That is no locale, such as en or de-AT.', 'locale');
  elsif data ->> 'timeZone' is not null and not exists (select from pg_timezone_names z where z.name = data ->> 'timeZone') then
    perform private.fail('TZONE', 'There is no such time zone; give one of the IANA database, such as Europe/Berlin.', 'timeZone');
  end if;
  for _key in select jsonb_object_keys(data) loop
    execute format('update %I.workspace_member set %I = $1 where id = $2',
                   (select w.schema_name from core.workspaces w where w.id = authz.workspace_id()), _columns ->> _key)
      using data ->> _key, update_member_settings.member_id;
  end loop;
  if _is_self then
    update core.users u
      set first_name = coalesce(data ->> 'firstName', u.first_name), last_name = coalesce(data ->> 'lastName', u.last_name)
      where u.id = authz.user_id();
  end if;
  return update_member_settings.member_id;
end
$$;

comment on function core.update_member_settings(uuid, jsonb) is
  'Changes a member''s firstName, lastName, avatarUrl, locale, timeZone: one''s own, or with the permission members a colleague''s.';
grant execute on function core.update_member_settings(uuid, jsonb) to relata_reader;
