--! Previous: -
--! Hash: sha1:27112def7f70822560e540600f6099e67aab9a08
--! Message: The spine

--! Included schema.sql
-- The database, in build order: read it from here.

--! Included schemas.sql
-- The schemas, and what nobody may do by default.

create schema if not exists core;
create schema if not exists authz;
create schema if not exists private;
create schema if not exists trash;

-- Already there, when the administrator ran extensions.sql.
do $$
begin
  if to_regnamespace('extensions') is null then
    create schema extensions;
    grant usage on schema extensions to relata_reader;
  end if;
  create extension if not exists unaccent schema extensions;
  create extension if not exists pg_trgm schema extensions;
end
$$;

comment on schema core is
  'What the metadata API shows: workspaces, users, members, roles, objects, fields, relations, views.';
comment on schema authz is
  'The questions that policies ask. Callable; owns no table.';
comment on schema private is
  'The machine room: secrets, and the functions that turn metadata into tables. Nobody is granted anything here.';
comment on schema trash is
  'Tables of objects that were deleted, until they are purged, each called by its id in core.trash. Nobody is granted anything here.';

grant usage on schema core, authz to relata_anonymous, relata_reader, relata_server;
grant usage on schema authz to relata_worker;

-- What is not granted by name is granted to nobody.
alter default privileges for role relata_owner revoke execute on functions from public;
alter default privileges for role relata_owner revoke usage on types from public;
alter default privileges for role relata_owner revoke all on tables from public;
--! EndIncluded schemas.sql

-- What policies ask, and the tools of the machine room.
--! Included authz/workspace_id.sql
create or replace function authz.workspace_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.workspace_id', true), '')::uuid;

comment on function authz.workspace_id() is
  'The workspace this transaction speaks for, or null outside of one. Set by authz.claim.';
grant execute on function authz.workspace_id() to relata_anonymous, relata_reader, relata_server;
--! EndIncluded authz/workspace_id.sql
--! Included authz/user_id.sql
create or replace function authz.user_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.user_id', true), '')::uuid;

comment on function authz.user_id() is
  'The user this transaction speaks for, or null when nobody signed in. Set by authz.claim.';
grant execute on function authz.user_id() to relata_anonymous, relata_reader, relata_server;
--! EndIncluded authz/user_id.sql
--! Included authz/member_id.sql
create or replace function authz.member_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.member_id', true), '')::uuid;

comment on function authz.member_id() is
  'The member (user in workspace) this transaction speaks for, or null. Set by authz.claim.';
grant execute on function authz.member_id() to relata_anonymous, relata_reader, relata_server;
--! EndIncluded authz/member_id.sql
--! Included authz/role_ids.sql
create or replace function authz.role_ids() returns uuid[]
language sql stable parallel safe
return coalesce(nullif(pg_catalog.current_setting('relata.role_ids', true), ''), '{}')::uuid[];

comment on function authz.role_ids() is
  'The roles that the caller holds. Set by authz.claim.';
grant execute on function authz.role_ids() to relata_reader, relata_server;
--! EndIncluded authz/role_ids.sql
--! Included authz/actor_name.sql
create or replace function authz.actor_name() returns text
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.actor_name', true), '');

comment on function authz.actor_name() is
  'What to call whoever writes: the name kept in createdBy and updatedBy. Set by authz.claim.';
grant execute on function authz.actor_name() to relata_anonymous, relata_reader, relata_server;
--! EndIncluded authz/actor_name.sql
--! Included authz/actor_source.sql
create or replace function authz.actor_source() returns text
language sql stable parallel safe
return coalesce(nullif(pg_catalog.current_setting('relata.actor_source', true), ''), 'SYSTEM');

comment on function authz.actor_source() is
  'How this transaction came: API, IMPORT, WORKFLOW, … ; SYSTEM when nobody said. Kept in createdBy and updatedBy.';
grant execute on function authz.actor_source() to relata_anonymous, relata_reader, relata_server;
--! EndIncluded authz/actor_source.sql
--! Included authz/has_permission.sql
-- A permission is named object.action (`companies.read`) or is a settings flag
-- (`data_model`); `*.read` holds for every object and `*` for everything.
-- authz.claim puts the role's list into the transaction, so this reads no table.

create or replace function authz.has_permission(permission text) returns boolean
language sql stable parallel safe
return coalesce(
  string_to_array(pg_catalog.current_setting('relata.permissions', true), ',')
    && array['*', permission, '*.' || split_part(permission, '.', 2)],
  false
);

comment on function authz.has_permission(text) is
  'Whether the caller''s role holds a permission such as companies.read, or a flag such as data_model.';
grant execute on function authz.has_permission(text) to relata_reader, relata_server;

create or replace function authz.require_permission(permission text) returns void
language plpgsql stable
as $$
begin
  if not authz.has_permission(permission) then
    raise exception using errcode = '42501',
      message = format('This needs the permission %s.', permission);
  end if;
end
$$;

comment on function authz.require_permission(text) is
  'Nothing, when the caller''s role holds the permission; PERMISSION_DENIED (42501) otherwise.';
grant execute on function authz.require_permission(text) to relata_reader, relata_server;
--! EndIncluded authz/has_permission.sql
--! Included authz/has_rule.sql
-- What policies ask about the rules of rows. authz.claim puts into the transaction for
-- which permissions the caller sees some records only (conditions), by which rules (rules),
-- and what these need to know of him (my_, with_my_). Without a claim nothing is open.

create or replace function authz.is_conditional(permission text) returns boolean
language sql stable parallel safe
return coalesce(strpos(nullif(pg_catalog.current_setting('relata.conditions', true), ''), ',' || permission || ',') <> 0, true);

comment on function authz.is_conditional(text) is
  'Whether rules decide which records the caller has a permission (companies.read) for.';
grant execute on function authz.is_conditional(text) to relata_reader;

-- Stands bare in policies, where all else is a sub-select: decision 0013.
create or replace function authz.open_from(permission text) returns uuid
language sql stable parallel safe
return case
  when pg_catalog.current_setting('relata.conditions', true) = ',' then '00000000-0000-0000-0000-000000000000'::uuid
  when strpos(nullif(pg_catalog.current_setting('relata.conditions', true), ''), ',' || permission || ',') = 0
    then '00000000-0000-0000-0000-000000000000'::uuid end;

comment on function authz.open_from(text) is
  'From which id on records are open without a rule: the first when no rule is asked for the permission, none (null) otherwise. So written, the planner knows beforehand which of the two it is.';
grant execute on function authz.open_from(text) to relata_reader;

create or replace function authz.has_rule(rule_id text, action text) returns boolean
language sql stable parallel safe
return coalesce(strpos(nullif(pg_catalog.current_setting('relata.rules', true), ''), ',' || rule_id || '.' || action || ',') <> 0, false);

comment on function authz.has_rule(text, text) is
  'Whether a rule of rows opens records to the caller, for an action.';
grant execute on function authz.has_rule(text, text) to relata_reader;

create or replace function authz.my(column_name text) returns text
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.my_' || column_name, true), '');

comment on function authz.my(text) is
  'A field of the caller''s own workspaceMember that rules of rows are about; null when it is empty.';
grant execute on function authz.my(text) to relata_reader;

create or replace function authz.colleagues(column_name text) returns uuid[]
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.with_my_' || column_name, true), '')::uuid[];

comment on function authz.colleagues(text) is
  'The members in whom a field is as in the caller, himself among them; null when he has no value there.';
grant execute on function authz.colleagues(text) to relata_reader;

create or replace function authz.require_explain() returns void
language plpgsql stable
as $$
begin
  perform authz.require_permission('data_model');
  if coalesce(current_setting('relata.conditions', true), '') <> ',' then
    raise exception using errcode = '42501',
      message = 'A plan tells how many records there are: it is not for whom rules hold some back.';
  end if;
end
$$;

comment on function authz.require_explain() is
  'Nothing when the caller shapes the data model and sees every record that he has a permission for; PERMISSION_DENIED otherwise. (Fields are held back from nobody who shapes the data model.)';
grant execute on function authz.require_explain() to relata_reader;
--! EndIncluded authz/has_rule.sql
--! Included authz/require_writes.sql
-- What a statement that writes many records asks of itself: each of these raises, and
-- then nothing is written. Volatile, so that none is asked before its time.

create or replace function authz.require_all(asked bigint, done bigint) returns boolean
language plpgsql volatile
as $$
begin
  if done < asked then
    raise exception using errcode = '42501',
      message = format('%s of %s records may not be written.', asked - done, asked);
  end if;
  return true;
end
$$;

comment on function authz.require_all(bigint, bigint) is
  'True when all records that were meant, and seen, have been written; PERMISSION_DENIED otherwise.';
grant execute on function authz.require_all(bigint, bigint) to relata_reader;

create or replace function authz.require_each(asked bigint, done bigint) returns boolean
language plpgsql volatile
as $$
begin
  if done < asked then
    raise exception using errcode = 'NTFND', message = 'There is no such record.';
  end if;
  return true;
end
$$;

comment on function authz.require_each(bigint, bigint) is
  'True when each record that was named has been written; NOT_FOUND otherwise.';
grant execute on function authz.require_each(bigint, bigint) to relata_reader;

create or replace function authz.refuse_writes(asked bigint, most bigint) returns boolean
language plpgsql volatile
as $$
begin
  raise exception using errcode = 'LIMIT', column = 'filter',
    message = format('The filter means %s records; at most %s are written at once.', asked, most);
end
$$;

comment on function authz.refuse_writes(bigint, bigint) is
  'Fails with LIMIT_EXCEEDED, the figure and the limit.';
grant execute on function authz.refuse_writes(bigint, bigint) to relata_reader;

create or replace function authz.require_one_match(many int, twice int) returns boolean
language plpgsql volatile
as $$
begin
  if many is not null then
    raise exception using errcode = 'UPSRT', column = many::text,
      message = 'This matches several records.';
  elsif twice is not null then
    raise exception using errcode = '23505', column = twice::text,
      message = 'Two inputs match one record.';
  end if;
  return true;
end
$$;

comment on function authz.require_one_match(int, int) is
  'True when no input of an upsert matches several records (UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT, with its place), and no two match the same (CONFLICT).';
grant execute on function authz.require_one_match(int, int) to relata_reader;
--! EndIncluded authz/require_writes.sql
--! Included authz/uuid_v7.sql
-- Ids are UUIDv7 (RFC 9562 §5.7): unguessable, and new ones stand together in the
-- index. PostgreSQL 18 makes them itself; before that we do.

do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create or replace function authz.uuid_v7() returns uuid
    language sql volatile parallel safe
    return pg_catalog.uuidv7();
  else
    -- Random bits from gen_random_uuid, behind 48 of the clock in milliseconds, the version, and
    -- 12 of the fraction (RFC 9562 §6.2, method 3), so that ids of one session grow as on 18.
    create or replace function authz.uuid_v7() returns uuid
    language sql volatile parallel safe
    as $body$
      select pg_catalog.encode(
        overlay(
          pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
          placing pg_catalog.int8send((c.us / 1000) << 16 | x'7000'::bigint | (c.us % 1000) * 4096 / 1000)
          from 1 for 8),
        'hex')::uuid
      from (select (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint as us) c
    $body$;
  end if;
end
$$;

comment on function authz.uuid_v7() is
  'A new UUIDv7 (RFC 9562 §5.7), the id of every record.';
grant execute on function authz.uuid_v7() to relata_anonymous, relata_reader, relata_server;
--! EndIncluded authz/uuid_v7.sql
--! Included authz/break_rule.sql
-- Where a rule's check ends up when its expression is false: the error is made here,
-- so that whoever writes, through whatever channel, reads the rule's own words and
-- nobody has to look them up. Volatile, or the planner would call it at once.

create or replace function authz.break_rule(rule text, message text) returns boolean
language plpgsql volatile
as $$
begin
  raise exception using errcode = 'RULED', message = message, constraint = rule;
end
$$;

comment on function authz.break_rule(text, text) is
  'Fails with CHECK_FAILED and the words of a rule that a record breaks; called by the rule''s own check.';
grant execute on function authz.break_rule(text, text) to relata_writer;
--! EndIncluded authz/break_rule.sql
--! Included authz/require_version.sql
-- Who changes a record can say which state of it he has seen, by its updatedAt. Asked
-- of the row itself, locked, in the transaction that changes it (src/records/version.ts).

create or replace function authz.require_version(actual timestamptz, expected timestamptz) returns void
language plpgsql volatile
as $$
begin
  if actual is distinct from expected then
    raise exception using errcode = 'VERSN', message = 'The record has changed since it was read.', column = 'version';
  end if;
end
$$;

comment on function authz.require_version(timestamptz, timestamptz) is
  'Nothing when a record is as it was seen; CONFLICT otherwise.';
grant execute on function authz.require_version(timestamptz, timestamptz) to relata_writer;
--! EndIncluded authz/require_version.sql
--! Included authz/search_text.sql
-- How words are compared: without accents, and in small letters. The server asks by these
-- (src/records/search.ts), and private.build_search_vector makes columns and indexes of them.

do $$
begin
  if not exists (select from pg_ts_config where cfgname = 'words' and cfgnamespace = 'authz'::regnamespace) then
    create text search configuration authz.words (copy = pg_catalog.simple);
    alter text search configuration authz.words
      alter mapping for word, numword, hword, numhword, hword_part, hword_numpart with extensions.unaccent, pg_catalog.simple;
  end if;
end
$$;

comment on text search configuration authz.words is
  'Words as they are, without accents and in small letters: no language is assumed.';

create or replace function authz.search_text(variadic parts text[]) returns text
language plpgsql immutable parallel safe
as $$
begin
  -- Its schema is named, so it is the same for every caller.
  return lower(extensions.unaccent('extensions.unaccent', left(array_to_string(parts, ' '), 200)));
end
$$;

comment on function authz.search_text(text[]) is
  'The beginning of texts, without accents and in small letters, as trigrams are made of it.';
grant execute on function authz.search_text(text[]) to relata_reader;
--! EndIncluded authz/search_text.sql
--! Included private/fail.sql
-- The one way SQL reports bad input: a code that src/errors.ts knows, a sentence
-- for people, and the path of the field at fault (sent as the error's column).

create or replace function private.fail(code text, message text, path text default '')
returns void
language plpgsql
as $$
begin
  raise exception using errcode = code, message = message, 
    column = case when path = '' then '' else coalesce(current_setting('relata.path_prefix', true), '') || path end;
end
$$;

comment on function private.fail(text, text, text) is
  'Raises an error declared in src/errors.ts: its five-letter SQLSTATE, a sentence, and the field''s path (data.nameSingular; changes.3.data.nameSingular within a list).';
--! EndIncluded private/fail.sql
--! Included private/check_all.sql
-- Who sends a wrong change wants to hear all that is wrong with it, not the first.

create or replace function private.check_all(variadic checks text[]) returns void
language plpgsql
as $$
declare
  _check text;
  _message text;
  _path text;
  _faults jsonb := '[]';
begin
  foreach _check in array checks loop
    continue when _check is null;
    begin
      execute _check;
    exception when others then
      -- Ours are five letters (private.fail); anything else is nobody's input.
      if sqlstate !~ '^[A-Z]{5}$' then
        raise;
      end if;
      get stacked diagnostics _message = message_text, _path = column_name;
      _faults := _faults || jsonb_build_object('sqlstate', sqlstate, 'message', _message, 'field', _path);
    end;
  end loop;
  if jsonb_array_length(_faults) = 1 then
    raise exception using errcode = _faults #>> '{0,sqlstate}', message = _faults #>> '{0,message}', column = _faults #>> '{0,field}';
  elsif _faults <> '[]' then
    raise exception using errcode = 'METAV', message = format('%s things are wrong with this.', jsonb_array_length(_faults)), detail = _faults::text;
  end if;
end
$$;

comment on function private.check_all(text[]) is
  'Runs checks (statements made by format with %L, each of which fails by private.fail or does nothing) and raises what they found: the one fault, or METADATA_VALIDATION_FAILED with the list.';

create or replace function private.fail_listed(code text, message text, path text) returns void
language plpgsql
as $$
begin
  raise exception using errcode = 'METAV', message = message, detail = jsonb_build_array(jsonb_build_object(
    'sqlstate', code, 'message', message, 'field', coalesce(current_setting('relata.path_prefix', true), '') || path))::text;
end
$$;

comment on function private.fail_listed(text, text, text) is
  'Raises METADATA_VALIDATION_FAILED with one fault, wherever its path leads; private.fail does so only within changes of the data model.';
--! EndIncluded private/check_all.sql
--! Included private/run.sql
-- The one way metadata becomes DDL: the statement runs, and is noted for the change
-- that it is part of. A workspace is built with nobody noting.

create or replace function private.run(statement text) returns void
language plpgsql
as $$
declare
  _noted text := nullif(current_setting('relata.statements', true), '');
begin
  -- Else private.notice_ddl would take it for somebody else's.
  perform set_config('relata.own_ddl', 'on', true);
  execute statement;
  perform set_config('relata.own_ddl', '', true);
  if _noted is not null then
    perform set_config('relata.statements', (_noted::jsonb || to_jsonb(statement))::text, true);
  end if;
end
$$;

comment on function private.run(text) is
  'Executes a statement of DDL, and notes it for the change that it is part of.';
--! EndIncluded private/run.sql
--! Included private/names.sql
-- What a name may be, and what it is called in the catalog.

create table if not exists private.reserved_names (
  name text primary key,
  why  text not null
);

comment on table private.reserved_names is
  'Names an object or field may not have: GraphQL''s own, the API''s arguments, and words of the metadata API.';

-- Objects would clash with the fixed fields and types of the API.
insert into private.reserved_names
select name, 'the API uses it'
from unnest(string_to_array(
  'query mutation subscription search object objects field fields relation relations index indexes view views '
  'role roles user users workspace workspaces member members webhook webhooks apiKey apiKeys event events job jobs '
  'type types enum input schema directive node nodes edge edges cursor pageInfo totalCount aggregate aggregates '
  'plan plans link links currency currencies fullName fullNames address addresses actor actors permission permissions '
  'featureFlag featureFlags appToken appTokens workflow workflows batch restore duplicates merge groupBy metadata '
  'openApi docs string int float boolean id uuid dateTime date bigFloat position json tsVector filterIs orderByDirection '
  'true false null bigInt', ' ')) as name
on conflict do nothing;

create or replace function private.snake_case(name text) returns text
language sql immutable
return lower(regexp_replace(name, '([A-Z])', '_\1', 'g'));

comment on function private.snake_case(text) is
  'The catalog''s form of an API name: annualRevenue becomes annual_revenue. Two API names never become one.';

create or replace function private.camel_case(label text) returns text
language sql immutable
return (
  select string_agg(case when n = 1 then lower(w) else upper(left(w, 1)) || lower(substr(w, 2)) end, '' order by n)
  from regexp_split_to_table(regexp_replace(label, '^[^a-zA-Z]+|[^a-zA-Z0-9]+$', '', 'g'), '[^a-zA-Z0-9]+') with ordinality x (w, n)
);

comment on function private.camel_case(text) is
  'A name for a label when none is given: Annual revenue becomes annualRevenue.';

create or replace function private.check_name(name text, path text) returns void
language plpgsql
as $$
begin
  if name is null or name !~ '^[a-z][a-zA-Z0-9]*$' then
    perform private.fail('NAMEV', 'A name is camelCase: it starts with a small letter and holds only letters and digits.', path);
  elsif length(name) > 63 or length(private.snake_case(name)) > 50 then
    perform private.fail('NAMEV', 'That name is too long: 63 characters, and 50 once written in snake_case.', path);
  end if;
end
$$;

comment on function private.check_name(text, text) is
  'Nothing for a name that an object or field may have; NAME_INVALID otherwise.';

create or replace function private.check_label(label text, path text) returns void
language plpgsql
as $$
begin
  if label is null or btrim(label) = '' or length(label) > 255 or label ~ '[[:cntrl:]]' then
    perform private.fail('LABEL', 'A label is one line of 1 to 255 characters.', path);
  end if;
end
$$;

comment on function private.check_label(text, text) is
  'Nothing for a label that people can read; LABEL_INVALID otherwise.';

create or replace function private.check_texts(data jsonb) returns void
language plpgsql
as $$
declare
  -- A text of any length would do, but nobody reads a description of a megabyte.
  _longest constant jsonb := '{"description": 10000, "icon": 255, "shortcut": 255, "color": 255}';
  _key text;
begin
  for _key in select jsonb_object_keys(_longest) loop
    if length(data ->> _key) > (_longest ->> _key)::int then
      perform private.fail('LIMIT', format('%s is at most %s characters long.', _key, _longest ->> _key), 'data.' || _key);
    elsif data ->> _key ~ '[\x01-\x08\x0b\x0c\x0e-\x1f]' then
      perform private.fail('LABEL', format('%s is a text that people can read.', _key), 'data.' || _key);
    end if;
  end loop;
end
$$;

comment on function private.check_texts(jsonb) is
  'Nothing for a description, an icon, a shortcut and a colour that fit; LIMIT_EXCEEDED or LABEL_INVALID otherwise.';

create or replace function private.smart_comment(tags text[], description text) returns text
language sql immutable
-- A line that is no tag ends the tags: what an admin writes must not become one.
return concat_ws(E'\n', array_to_string(tags, E'\n'), case when description like '%@%' then '' end, nullif(description, ''));

comment on function private.smart_comment(text[], text) is
  'A comment as PostGraphile reads it: smart tags, a line each, and then the description.';

create or replace function private.words(name text) returns text
language sql immutable
return upper(left(name, 1)) || lower(regexp_replace(substr(name, 2), '([A-Z])', ' \1', 'g'));

comment on function private.words(text) is
  'The label for a name when none is given: annualRevenue becomes Annual revenue.';

create or replace function private.upper_first(name text) returns text
language sql immutable
return upper(left(name, 1)) || substr(name, 2);

comment on function private.upper_first(text) is
  'A name as it stands behind another: company becomes Company, as in targetCompany.';

create or replace function private.key_constraint(column_name text) returns text
language sql immutable
-- PostgreSQL cuts names off at 63 bytes.
return left(column_name || '_fkey', 63);

comment on function private.key_constraint(text) is
  'What the foreign key of a relation''s column is called in the catalog.';

create or replace function private.without_derived(settings jsonb) returns jsonb
language sql immutable
return case when jsonb_typeof(settings) = 'object' then settings - '{formula,rollup}'::text[] else settings end;

comment on function private.without_derived(jsonb) is
  'Settings without those that say what a field is computed from.';

create or replace function private.without_nulls(data jsonb) returns jsonb
language sql immutable
-- A null within a formula is a literal, and stays.
return jsonb_strip_nulls(data - 'settings') || case coalesce(jsonb_typeof(data -> 'settings'), 'null')
  when 'null' then '{}'
  when 'object' then jsonb_build_object('settings', jsonb_strip_nulls(private.without_derived(data -> 'settings'))
    || case when data -> 'settings' ? 'formula' then jsonb_build_object('formula', data -> 'settings' -> 'formula') else '{}' end
    || case when data -> 'settings' ? 'rollup' then jsonb_build_object('rollup', data -> 'settings' -> 'rollup') else '{}' end)
  else jsonb_build_object('settings', data -> 'settings') end;

comment on function private.without_nulls(jsonb) is
  'What was asked for, without what was left open.';
--! EndIncluded private/names.sql
--! Included private/tg__timestamps.sql
create or replace function private.tg__timestamps() returns trigger
language plpgsql
as $$
begin
  new.updated_at := greatest(now(), old.updated_at + interval '1 microsecond');
  return new;
end
$$;

comment on function private.tg__timestamps() is
  'Keeps updated_at true, whoever writes; it never stands still or goes back.';

create or replace function private.tg__record_updated() returns trigger
language plpgsql
as $$
begin
  -- A rollup that follows its children is no change of anybody's (private.tg__rollup).
  if current_user = 'relata_owner' and current_setting('relata.keeping', true) = 'on' then
    return new;
  end if;
  -- It is the record's version (authz.require_version): no two states have the same.
  new.updated_at := greatest(clock_timestamp(), old.updated_at + interval '1 microsecond');
  new.updated_by_source := authz.actor_source();
  new.updated_by_workspace_member_id := authz.member_id();
  new.updated_by_name := authz.actor_name();
  new.updated_by_context := null;
  return new;
end
$$;

comment on function private.tg__record_updated() is
  'Keeps updatedAt and updatedBy of a workspace''s record true, whoever writes.';
--! EndIncluded private/tg__timestamps.sql

-- The nouns.
--! Included core/workspaces.sql
-- A workspace is the tenant: one row here, one schema of tables beside it.
--
-- metadata_version grows with every change of the data model, in the same
-- transaction. compatible_from is the version of the last change that took
-- something away: a server that planned a request before it must plan again.

create table if not exists core.workspaces (
  id               uuid primary key default authz.uuid_v7(),
  name             text not null check (name <> ''),
  subdomain        text not null unique check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  schema_name      text not null unique,
  metadata_version bigint not null default 1,
  compatible_from  bigint not null default 1,
  shape            text,
  custom_domain    text check (custom_domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9-]{2,63}$' and length(custom_domain) <= 253),
  is_custom_domain_proven   boolean not null default false,
  is_password_auth_enabled  boolean not null default true,
  is_magic_link_enabled     boolean not null default true,
  is_google_auth_enabled    boolean not null default true,
  is_microsoft_auth_enabled boolean not null default true,
  is_two_factor_enforced    boolean not null default false,
  is_invite_link_enabled    boolean not null default true,
  allows_impersonation      boolean not null default false,
  default_role_id           uuid,
  suspended_at              timestamptz,
  closed_at                 timestamptz,
  trash_retention_days int not null default 30 check (trash_retention_days between 0 and 3650),
  limits           jsonb not null default '{}' check (
    jsonb_typeof(limits) = 'object'
    and limits - array['depth', 'fields', 'aliases', 'rootFields', 'rows', 'pageSize', 'batchSize', 'bodyBytes', 'statementTimeoutMs', 'requestsPerMinute'] = '{}'
    and not jsonb_path_exists(limits, '$.* ? (@.type() != "number" || @ < 1 || @ > 1000000000 || @ != @.floor())')
  ),
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);

comment on table core.workspaces is
  E'@singular workspace\n@plural workspaces\n'
  'A tenant: its own tables, members and data model.';
comment on column core.workspaces.subdomain is
  'Names the workspace in addresses and at sign-in.';
comment on column core.workspaces.custom_domain is
  'Another address of the workspace, such as crm.example.com; it leads here once it is proven.';
comment on column core.workspaces.is_custom_domain_proven is
  'Whether the domain''s DNS has said that it belongs to this workspace.';
comment on column core.workspaces.is_password_auth_enabled is
  'Whether members sign in with a password.';
comment on column core.workspaces.is_magic_link_enabled is
  'Whether members sign in by a link that is mailed to them.';
comment on column core.workspaces.is_google_auth_enabled is
  'Whether members sign in with Google.';
comment on column core.workspaces.is_microsoft_auth_enabled is
  'Whether members sign in with Microsoft.';
comment on column core.workspaces.is_two_factor_enforced is
  E'@alias isTwoFactorAuthenticationEnforced\n'
  'Whether members need a second factor to come in.';
comment on column core.workspaces.is_invite_link_enabled is
  E'@alias isPublicInviteLinkEnabled\n'
  'Whether whoever has the invite link may join.';
comment on column core.workspaces.allows_impersonation is
  E'@alias allowImpersonation\n'
  'Whether those with the permission impersonate may see it as another member does.';
comment on column core.workspaces.default_role_id is
  'The role of who joins by the invite link or an approved domain; empty is MEMBER.';
comment on column core.workspaces.suspended_at is
  'Since when nobody comes in; nothing is lost.';
comment on column core.workspaces.closed_at is
  E'@behavior -*\n'
  'Since when it is deleted: as if it were not there, and after a time of grace gone for good (tasks/purge_workspaces.ts).';
comment on column core.workspaces.schema_name is
  E'@behavior -*\n'
  'The PostgreSQL schema that holds the workspace''s tables.';
comment on column core.workspaces.metadata_version is
  'Grows with every change of the data model.';
comment on column core.workspaces.compatible_from is
  E'@behavior -*\n'
  'The oldest metadata_version whose compiled schemas still answer right.';
comment on column core.workspaces.shape is
  E'@behavior -*\n'
  'A hash of all that decides the GraphQL schema; workspaces of one shape share a compiled schema.';
comment on column core.workspaces.trash_retention_days is
  'How many days the trash keeps what was taken out of the data model, so that undoChange can bring it back.';
comment on column core.workspaces.limits is
  E'@behavior -*\n'
  'How much its members may ask for, where that differs from the configuration: {depth, fields, aliases, rootFields, rows, pageSize, batchSize, bodyBytes, statementTimeoutMs, requestsPerMinute} (src/graphql/limits.ts, src/rateLimits).';

-- Who sees a row: whoever speaks for the workspace.
alter table core.workspaces enable row level security;
alter table core.workspaces force row level security;

drop policy if exists in_workspace on core.workspaces;
create policy in_workspace on core.workspaces as restrictive
  using (id = (select authz.workspace_id()));

drop policy if exists members on core.workspaces;
create policy members on core.workspaces for select to relata_reader
  using (true);

drop policy if exists machine on core.workspaces;
create policy machine on core.workspaces to relata_owner
  using (true);

grant select on core.workspaces to relata_reader;

create or replace trigger _100_timestamps
  before update on core.workspaces
  for each row execute function private.tg__timestamps();

-- Servers remember limits beside the shape: both are looked up anew for another version.
create or replace function private.tg_workspaces__limits() returns trigger
language plpgsql
as $$
begin
  new.metadata_version := old.metadata_version + 1;
  new.compatible_from := new.metadata_version;
  return new;
end
$$;

comment on function private.tg_workspaces__limits() is
  'Lets no server go on with a workspace''s former limits.';

create or replace trigger _500_limits
  before update of limits on core.workspaces
  for each row when (old.limits is distinct from new.limits)
  execute function private.tg_workspaces__limits();
--! EndIncluded core/workspaces.sql
--! Included private/workspace_addresses.sql
-- Which workspace an address means, for whoever has not said yet who he is: its
-- subdomain, and its own domain once that is proven. A subdomain holds no dot and a
-- domain does, so the two never meet. Row security shows core.workspaces only to who
-- speaks for one; hence this copy, kept by a trigger.

create table if not exists private.workspace_addresses (
  name         text primary key,
  workspace_id uuid not null references core.workspaces on delete cascade
);

comment on table private.workspace_addresses is
  'The subdomains and proven domains of all workspaces: how a request''s address leads to one.';

create index if not exists workspace_addresses_workspace_id_idx on private.workspace_addresses (workspace_id);

create or replace function private.tg_workspaces__addresses() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from private.workspace_addresses a
    where a.workspace_id = new.id and a.name not in (new.subdomain, coalesce(new.custom_domain, ''));
  insert into private.workspace_addresses (name, workspace_id)
    select n.name, new.id
    from (values (new.subdomain, true), (new.custom_domain, new.is_custom_domain_proven)) n (name, leads_here)
    where n.name is not null and n.leads_here
      and not exists (select from private.workspace_addresses a where a.name = n.name and a.workspace_id = new.id);
  delete from private.workspace_addresses a
    where a.workspace_id = new.id and a.name = new.custom_domain and not new.is_custom_domain_proven;
  return null;
exception when unique_violation then
  -- The subdomain is unique by itself: this is the domain.
  perform private.fail('NAMEX', 'That domain belongs to another workspace.', 'customDomain');
  return null;
end
$$;

comment on function private.tg_workspaces__addresses() is
  'Lets a workspace''s addresses follow its row; a domain that leads to another workspace already is refused.';

create or replace trigger _500_addresses
  after insert or update of subdomain, custom_domain, is_custom_domain_proven on core.workspaces
  for each row execute function private.tg_workspaces__addresses();

create table if not exists private.closed_workspaces (
  workspace_id uuid primary key references core.workspaces on delete cascade,
  closed_at    timestamptz not null default now()
);

comment on table private.closed_workspaces is
  'The workspaces that are deleted and wait to be purged: where tasks/purge_workspaces.ts has to look.';

create or replace function authz.workspace_at(address text) returns uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select a.workspace_id from private.workspace_addresses a
  where a.name = lower(address)
    and not exists (select from private.closed_workspaces c where c.workspace_id = a.workspace_id);
end;

comment on function authz.workspace_at(text) is
  'The workspace that a subdomain or a domain leads to, or null. For the server alone.';
grant execute on function authz.workspace_at(text) to relata_server;
--! EndIncluded private/workspace_addresses.sql
--! Included core/users.sql
-- A user is a person who can sign in, known across workspaces by one address.
-- The password is in private.user_secrets: whoever sees a row may see all of it.

create table if not exists core.users (
  id         uuid primary key default authz.uuid_v7(),
  email      text not null check (email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 320),
  first_name text not null default '',
  last_name  text not null default '',
  is_server_admin boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table core.users is
  E'@behavior -query:resource:connection\n'
  'A person who can sign in; a member of one or more workspaces.';
comment on column core.users.is_server_admin is
  'Whether the user administers the server: makes and suspends workspaces, and sees no more of them for it.';

create unique index if not exists users_email_idx
  on core.users (lower(email));

-- Users belong to no workspace. A signed-in user sees himself; colleagues are
-- seen as workspaceMember records of the workspace.
alter table core.users enable row level security;
alter table core.users force row level security;

drop policy if exists self on core.users;
create policy self on core.users for select to relata_reader
  using (id = (select authz.user_id()));

drop policy if exists machine on core.users;
create policy machine on core.users to relata_owner
  using (true);

grant select on core.users to relata_reader;

create or replace trigger _100_timestamps
  before update on core.users
  for each row execute function private.tg__timestamps();
--! EndIncluded core/users.sql
--! Included core/roles.sql
-- A role is a named list of permissions in one workspace. Every workspace starts
-- with the four of private.standard_roles; authz.has_permission reads the list.

create table if not exists core.roles (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  name         text not null check (name ~ '^[A-Z][A-Z0-9_]{0,62}$'),
  label        text not null check (label <> ''),
  description  text not null default '',
  permissions  text[] not null default '{}'
                 check (array_to_string(permissions, ' ') ~ '^(([*]|[*][.][a-z]+|[a-z][a-zA-Z0-9_]*([.][a-z]+)?)( |$))*$'),
  is_custom    boolean not null default true,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, name),
  unique (workspace_id, id)
);

comment on table core.roles is
  E'@singular role\n@plural roles\n'
  'A named list of permissions, held by members and API keys.';
comment on column core.roles.permissions is
  'Each object.action (companies.read), *.action for every object, a settings flag (data_model), or * for all.';

-- What the API shows of the keys, and as what.
comment on constraint roles_workspace_id_fkey on core.roles is E'@behavior -*';

-- Who sees a row: those who manage roles or members, and whoever holds it.
alter table core.roles enable row level security;
alter table core.roles force row level security;

drop policy if exists in_workspace on core.roles;
create policy in_workspace on core.roles as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.roles;
create policy managers on core.roles for select to relata_reader
  using ((select authz.has_permission('roles')) or (select authz.has_permission('members')) or (select authz.has_permission('data_model')));

drop policy if exists holders on core.roles;
create policy holders on core.roles for select to relata_reader
  using (id = any ((select authz.role_ids())::uuid[]));

drop policy if exists machine on core.roles;
create policy machine on core.roles to relata_owner
  using (true);

grant select on core.roles to relata_reader;

create or replace trigger _100_timestamps
  before update on core.roles
  for each row execute function private.tg__timestamps();
--! EndIncluded core/roles.sql
--! Included core/workspace_members.sql
-- A member is a user in a workspace. Removing the row shuts the door at once, as it
-- takes along what authz.claim looks at on every request (private.access).

create table if not exists core.workspace_members (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  user_id      uuid not null references core.users on delete cascade,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, user_id),
  unique (workspace_id, id)
);

comment on table core.workspace_members is
  E'@singular member\n@plural members\n'
  'A user in a workspace.';

-- What the API shows of the keys, and as what.
comment on constraint workspace_members_workspace_id_fkey on core.workspace_members is E'@behavior -*';
comment on constraint workspace_members_user_id_fkey on core.workspace_members is E'@fieldName user\n@foreignFieldName memberships';

create index if not exists workspace_members_user_id_idx
  on core.workspace_members (user_id);

-- Who sees a row: those who manage members; and each user his own membership, in
-- every workspace as long as none is claimed (that is how sign-in finds them).
alter table core.workspace_members enable row level security;
alter table core.workspace_members force row level security;

drop policy if exists in_workspace on core.workspace_members;
create policy in_workspace on core.workspace_members as restrictive
  using (workspace_id = (select authz.workspace_id())
    or (select authz.workspace_id()) is null and user_id = (select authz.user_id()));

drop policy if exists managers on core.workspace_members;
create policy managers on core.workspace_members for select to relata_reader
  using ((select authz.has_permission('members')) or (select authz.has_permission('data_model')));

drop policy if exists self on core.workspace_members;
create policy self on core.workspace_members for select to relata_reader
  using (user_id = (select authz.user_id()));

drop policy if exists machine on core.workspace_members;
create policy machine on core.workspace_members to relata_owner
  using (true);

grant select on core.workspace_members to relata_reader;

create or replace trigger _100_timestamps
  before update on core.workspace_members
  for each row execute function private.tg__timestamps();
--! EndIncluded core/workspace_members.sql
--! Included core/api_keys.sql
-- An API key is a program's way in: it holds roles as people do, and belongs to its
-- workspace, not to whoever made it. The key itself is shown once; its hash is in
-- private.api_key_secrets.

create table if not exists core.api_keys (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  name         text not null check (name <> '' and length(name) <= 255),
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id)
);

comment on table core.api_keys is
  E'@singular apiKey\n@plural apiKeys\n'
  'A program''s way into a workspace, with roles of its own.';
comment on column core.api_keys.expires_at is
  'When it ends by itself.';
comment on column core.api_keys.revoked_at is
  'When somebody ended it; what is revoked stays so.';

-- What the API shows of the keys, and as what.
comment on constraint api_keys_workspace_id_fkey on core.api_keys is E'@behavior -*';

-- Who sees a row: those who manage keys.
alter table core.api_keys enable row level security;
alter table core.api_keys force row level security;

drop policy if exists in_workspace on core.api_keys;
create policy in_workspace on core.api_keys as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.api_keys;
create policy managers on core.api_keys for select to relata_reader
  using ((select authz.has_permission('api_keys')));

drop policy if exists machine on core.api_keys;
create policy machine on core.api_keys to relata_owner
  using (true);

grant select on core.api_keys to relata_reader;

create or replace trigger _100_timestamps
  before update on core.api_keys
  for each row execute function private.tg__timestamps();
--! EndIncluded core/api_keys.sql
--! Included core/role_assignments.sql
-- Who holds which roles: members and API keys hold any number, and may do what any of
-- them lets them (private.build_access works out the sum).

create table if not exists core.role_assignments (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  role_id      uuid not null,
  member_id    uuid,
  api_key_id   uuid,
  created_at   timestamptz not null default now(),
  check (num_nonnulls(member_id, api_key_id) = 1),
  unique (role_id, member_id),
  unique (role_id, api_key_id),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade,
  foreign key (workspace_id, member_id) references core.workspace_members (workspace_id, id) on delete cascade,
  foreign key (workspace_id, api_key_id) references core.api_keys (workspace_id, id) on delete cascade
);

comment on table core.role_assignments is
  E'@singular roleAssignment\n@plural roleAssignments\n'
  'That a member or an API key holds a role.';

-- What the API shows of the keys, and as what.
comment on constraint role_assignments_workspace_id_fkey on core.role_assignments is E'@behavior -*';
comment on constraint role_assignments_workspace_id_role_id_fkey on core.role_assignments is E'@fieldName role\n@foreignFieldName assignments';
comment on constraint role_assignments_workspace_id_member_id_fkey on core.role_assignments is E'@fieldName member\n@foreignFieldName roleAssignments';
comment on constraint role_assignments_workspace_id_api_key_id_fkey on core.role_assignments is E'@fieldName apiKey\n@foreignFieldName roleAssignments';

create index if not exists role_assignments_workspace_id_role_id_idx
  on core.role_assignments (workspace_id, role_id);
create index if not exists role_assignments_workspace_id_member_id_idx
  on core.role_assignments (workspace_id, member_id);
create index if not exists role_assignments_workspace_id_api_key_id_idx
  on core.role_assignments (workspace_id, api_key_id);

-- Who sees a row: those who manage roles or members, and each member his own.
alter table core.role_assignments enable row level security;
alter table core.role_assignments force row level security;

drop policy if exists in_workspace on core.role_assignments;
create policy in_workspace on core.role_assignments as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.role_assignments;
create policy managers on core.role_assignments for select to relata_reader
  using ((select authz.has_permission('roles')) or (select authz.has_permission('members')) or (select authz.has_permission('data_model')));

drop policy if exists self on core.role_assignments;
create policy self on core.role_assignments for select to relata_reader
  using (member_id = (select authz.member_id()));

drop policy if exists machine on core.role_assignments;
create policy machine on core.role_assignments to relata_owner
  using (true);

grant select on core.role_assignments to relata_reader;
--! EndIncluded core/role_assignments.sql
--! Included core/identity_providers.sql
-- An identity provider of a workspace's own: where its people sign in by OpenID
-- Connect or SAML. It signs in to this workspace only, and says who somebody is only
-- for addresses of the domains that it has proven (core.identity_provider_domains).
-- The client's secret is in private.identity_provider_secrets.

create table if not exists core.identity_providers (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  name         text not null check (name <> '' and length(name) <= 200),
  type         text not null check (type in ('OIDC', 'SAML')),
  status       text not null default 'ACTIVE' check (status in ('ACTIVE', 'INACTIVE')),
  issuer       text not null check (issuer <> '' and length(issuer) <= 1024),
  client_id    text check (client_id <> '' and length(client_id) <= 1024),
  sso_url      text check (sso_url ~ '^https?://' and length(sso_url) <= 2048),
  certificates text[] not null default '{}' check (cardinality(certificates) <= 5),
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id),
  unique (workspace_id, name),
  check (case type
    when 'OIDC' then client_id is not null and issuer ~ '^https?://' and sso_url is null and certificates = '{}'
    else client_id is null and sso_url is not null and certificates <> '{}'
  end)
);

comment on table core.identity_providers is
  E'@singular identityProvider\n@plural identityProviders\n'
  'Where the people of a workspace sign in: their company''s own OpenID Connect or SAML service.';
comment on column core.identity_providers.type is
  E'@enum IdentityProviderType OIDC SAML\n'
  'By which standard it speaks.';
comment on column core.identity_providers.status is
  E'@enum IdentityProviderStatus ACTIVE INACTIVE\n'
  'Whether people may sign in by it.';
comment on column core.identity_providers.issuer is
  'OIDC: the address that its discovery document is found at; SAML: its entity id.';
comment on column core.identity_providers.client_id is
  E'@alias clientID\n'
  'OIDC: what it calls Relata.';
comment on column core.identity_providers.sso_url is
  E'@alias ssoURL\n'
  'SAML: where people are sent to sign in.';
comment on column core.identity_providers.certificates is
  'SAML: what its assertions are signed with; several while it changes its key.';

-- What the API shows of the keys, and as what.
comment on constraint identity_providers_workspace_id_fkey on core.identity_providers is E'@behavior -*';

-- Who sees a row: who may change it. Rows are written by core.create_identity_provider and its kin.
alter table core.identity_providers enable row level security;
alter table core.identity_providers force row level security;

drop policy if exists in_workspace on core.identity_providers;
create policy in_workspace on core.identity_providers as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.identity_providers;
create policy managers on core.identity_providers for select to relata_reader
  using ((select authz.has_permission('security')));

drop policy if exists machine on core.identity_providers;
create policy machine on core.identity_providers to relata_owner
  using (true);

grant select on core.identity_providers to relata_reader;

create or replace trigger _100_timestamps
  before update on core.identity_providers
  for each row execute function private.tg__timestamps();
--! EndIncluded core/identity_providers.sql
--! Included core/identity_provider_domains.sql
-- The domains whose addresses an identity provider may speak for. Whoever adds one
-- proves that it is his by a TXT record in its name service; until then it counts for
-- nothing, for otherwise any workspace could say who somebody elsewhere is.

create table if not exists core.identity_provider_domains (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  provider_id  uuid not null,
  domain       text not null check (domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' and length(domain) <= 253),
  token        text not null default 'relata-domain-verification=' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
  verified_at  timestamptz,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id),
  unique (provider_id, domain),
  foreign key (workspace_id, provider_id) references core.identity_providers (workspace_id, id) on delete cascade
);

comment on table core.identity_provider_domains is
  E'@singular identityProviderDomain\n@plural identityProviderDomains\n'
  'A domain whose addresses an identity provider speaks for, once it is proven.';
comment on column core.identity_provider_domains.provider_id is
  E'@alias identityProviderId\n'
  'The provider that it belongs to.';
comment on column core.identity_provider_domains.token is
  'What a TXT record of the domain, or of _relata below it, must hold to prove that it is yours.';
comment on column core.identity_provider_domains.verified_at is
  'When that was seen; until then nobody can sign in with an address of it.';

-- What the API shows of the keys, and as what.
comment on constraint identity_provider_domains_workspace_id_fkey on core.identity_provider_domains is E'@behavior -*';
comment on constraint identity_provider_domains_workspace_id_provider_id_fkey on core.identity_provider_domains is
  E'@fieldName identityProvider\n@foreignFieldName domains';

create index if not exists identity_provider_domains_workspace_id_provider_id_idx
  on core.identity_provider_domains (workspace_id, provider_id);

-- Who sees a row: who may change it.
alter table core.identity_provider_domains enable row level security;
alter table core.identity_provider_domains force row level security;

drop policy if exists in_workspace on core.identity_provider_domains;
create policy in_workspace on core.identity_provider_domains as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.identity_provider_domains;
create policy managers on core.identity_provider_domains for select to relata_reader
  using ((select authz.has_permission('security')));

drop policy if exists machine on core.identity_provider_domains;
create policy machine on core.identity_provider_domains to relata_owner
  using (true);

grant select on core.identity_provider_domains to relata_reader;

create or replace trigger _100_timestamps
  before update on core.identity_provider_domains
  for each row execute function private.tg__timestamps();
--! EndIncluded core/identity_provider_domains.sql
--! Included core/workspace_settings.sql
-- What core.workspaces says of roles, which are made after it.

do $$
begin
  if not exists (select from pg_constraint where conname = 'workspaces_default_role_id_fkey') then
    alter table core.workspaces add constraint workspaces_default_role_id_fkey
      foreign key (id, default_role_id) references core.roles (workspace_id, id) on delete set null (default_role_id);
  end if;
end
$$;

comment on constraint workspaces_default_role_id_fkey on core.workspaces is E'@fieldName defaultRole\n@foreignFieldName defaultOf';

create index if not exists workspaces_id_default_role_id_idx
  on core.workspaces (id, default_role_id);
--! EndIncluded core/workspace_settings.sql
--! Included core/invitations.sql
-- An invitation lets whoever proves its address into a workspace, with a role. Its
-- token, which is in the mail, is kept as a hash in private.invitation_tokens.

create table if not exists core.invitations (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  email        text not null check (email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 320 and email = lower(email)),
  role_id      uuid not null,
  inviter_id   uuid,
  expires_at   timestamptz not null,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, email),
  unique (workspace_id, id),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade,
  foreign key (workspace_id, inviter_id) references core.workspace_members (workspace_id, id) on delete set null (inviter_id)
);

comment on table core.invitations is
  E'@singular invitation\n@plural invitations\n'
  'An address that may join the workspace, in a role, until it expires.';

-- What the API shows of the keys, and as what.
comment on constraint invitations_workspace_id_fkey on core.invitations is E'@behavior -*';
comment on constraint invitations_workspace_id_role_id_fkey on core.invitations is E'@fieldName role\n@foreignFieldName invitations';
comment on constraint invitations_workspace_id_inviter_id_fkey on core.invitations is E'@fieldName inviter\n@foreignFieldName invitations';

create index if not exists invitations_workspace_id_role_id_idx
  on core.invitations (workspace_id, role_id);
create index if not exists invitations_workspace_id_inviter_id_idx
  on core.invitations (workspace_id, inviter_id);

-- Who sees a row: those who manage members. Rows are written by core.send_invitations and its kin.
alter table core.invitations enable row level security;
alter table core.invitations force row level security;

drop policy if exists in_workspace on core.invitations;
create policy in_workspace on core.invitations as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.invitations;
create policy managers on core.invitations for select to relata_reader
  using ((select authz.has_permission('members')));

drop policy if exists machine on core.invitations;
create policy machine on core.invitations to relata_owner
  using (true);

grant select on core.invitations to relata_reader;

create or replace trigger _100_timestamps
  before update on core.invitations
  for each row execute function private.tg__timestamps();
--! EndIncluded core/invitations.sql
--! Included core/approved_domains.sql
-- An approved domain lets everybody with a proven address in it join a workspace, once
-- somebody has shown by a mail that he reads such an address.

create table if not exists core.approved_domains (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  domain       text not null check (domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9-]{2,63}$' and length(domain) <= 253),
  is_validated boolean not null default false,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, domain),
  unique (workspace_id, id)
);

comment on table core.approved_domains is
  E'@singular approvedAccessDomain\n@plural approvedAccessDomains\n'
  'A domain whose people may join the workspace by themselves.';
comment on column core.approved_domains.is_validated is
  'Whether somebody has shown that he reads mail in the domain; nobody joins by it before.';

-- What the API shows of the keys, and as what.
comment on constraint approved_domains_workspace_id_fkey on core.approved_domains is E'@behavior -*';

-- Who sees a row: those who decide how people come in.
alter table core.approved_domains enable row level security;
alter table core.approved_domains force row level security;

drop policy if exists in_workspace on core.approved_domains;
create policy in_workspace on core.approved_domains as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.approved_domains;
create policy managers on core.approved_domains for select to relata_reader
  using ((select authz.has_permission('security')));

drop policy if exists machine on core.approved_domains;
create policy machine on core.approved_domains to relata_owner
  using (true);

grant select on core.approved_domains to relata_reader;

create or replace trigger _100_timestamps
  before update on core.approved_domains
  for each row execute function private.tg__timestamps();
--! EndIncluded core/approved_domains.sql
--! Included core/objects.sql
-- An object is a kind of record: one row here is one table in the workspace's
-- schema, one GraphQL type and one REST route.

create table if not exists core.objects (
  id             uuid primary key default authz.uuid_v7(),
  workspace_id   uuid not null references core.workspaces on delete cascade,
  name_singular  text not null,
  name_plural    text not null,
  label_singular text not null,
  label_plural   text not null,
  description    text not null default '',
  icon           text not null default '',
  table_name     text not null,
  label_field    text not null default 'name',
  search_fields  text[] not null default '{}',
  image_field    text,
  is_searchable  boolean not null default true,
  is_label_synced_with_name boolean not null default false,
  shortcut       text,
  color          text,
  duplicate_criteria jsonb check (jsonb_typeof(duplicate_criteria) = 'array'),
  standard_overrides jsonb check (jsonb_typeof(standard_overrides) = 'object'),
  is_custom      boolean not null default true,
  is_system      boolean not null default false,
  is_active      boolean not null default true,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  unique (workspace_id, id),
  unique (workspace_id, name_singular),
  unique (workspace_id, name_plural),
  unique (workspace_id, table_name),
  check (name_singular <> name_plural)
);

comment on table core.objects is
  E'@singular object\n@plural objects\n'
  'A kind of record, such as company: a table, a GraphQL type and a REST route.';
comment on column core.objects.name_singular is 'camelCase: names the GraphQL type and the single query.';
comment on column core.objects.name_plural is 'camelCase: names the list query and the REST route.';
comment on column core.objects.table_name is 'The table in the workspace''s schema.';
comment on column core.objects.label_field is 'The field that says what to call a record.';
comment on column core.objects.search_fields is 'The text fields that searchVector is made of.';
comment on column core.objects.image_field is 'The field whose picture stands for a record.';
comment on column core.objects.is_searchable is 'Whether a search over all objects looks here, too.';
comment on column core.objects.is_label_synced_with_name is 'Whether the names follow the labels.';
comment on column core.objects.shortcut is 'The key that opens it.';
comment on column core.objects.color is 'The colour of its icon.';
comment on column core.objects.duplicate_criteria is 'Lists of fields; two records alike in all fields of one list are taken for the same.';
comment on column core.objects.standard_overrides is 'What this workspace calls a standard object otherwise: {labelSingular, labelPlural, description, icon, color, shortcut}.';
comment on column core.objects.is_system is 'Made for other objects (noteTarget); not offered to people as such.';

-- What the API shows of the keys, and as what.
comment on constraint objects_workspace_id_fkey on core.objects is E'@behavior -*';

-- Who sees a row: whoever speaks for the workspace. Rows are written by core.apply_changes.
alter table core.objects enable row level security;
alter table core.objects force row level security;

drop policy if exists in_workspace on core.objects;
create policy in_workspace on core.objects as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists members on core.objects;
create policy members on core.objects for select to relata_reader
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists machine on core.objects;
create policy machine on core.objects to relata_owner
  using (true);

grant select on core.objects to relata_reader;

create or replace trigger _100_timestamps
  before update on core.objects
  for each row execute function private.tg__timestamps();
--! EndIncluded core/objects.sql
--! Included core/field_types.sql
-- A field type says which columns a field becomes, and what each of them takes. Each
-- type is one file in db/field_types/, and adding one touches no other.

create table if not exists core.field_types (
  name        text primary key check (name ~ '^[A-Z][A-Z_]*$'),
  description text not null,
  columns     jsonb not null,
  settings    jsonb not null default '{}',
  options     jsonb,
  is_system   boolean not null default false
);

comment on table core.field_types is
  E'@behavior -*\n'
  'What a field may be; the file db/field_types/<type>.sql declares each.';
comment on column core.field_types.columns is
  'The columns a field becomes: a list of {part, type, variants, default, functions, literal, check, options, isRequired, isUnique, isSearched, goesWith, unites}, told in db/README.md; all SQL in it is ours, never an admin''s.';
comment on column core.field_types.settings is
  'What settings a field may have, each with its rule: {enum} or {type, minimum, maximum, items}, with required, default, and decidesApi.';
comment on column core.field_types.options is
  'The choices that every field of the type has; an empty list when each field has its own, null when it has none.';
comment on column core.field_types.is_system is
  'Kept by Relata on every object; cannot be asked for.';

-- The same for every workspace, so it holds nothing to hide.
grant select on core.field_types to relata_reader;

create or replace function private.define_field_type(
  name text, description text, columns jsonb, settings jsonb default '{}', options jsonb default null,
  is_system boolean default false
) returns void
language sql
begin atomic
  insert into core.field_types values (name, description, columns, settings, options, is_system)
  on conflict on constraint field_types_pkey do update
    set description = excluded.description, columns = excluded.columns, settings = excluded.settings,
        options = excluded.options, is_system = excluded.is_system;
end;

comment on function private.define_field_type(text, text, jsonb, jsonb, jsonb, boolean) is
  'Declares a field type, or changes it; called by the files in db/field_types/.';
--! EndIncluded core/field_types.sql
--! Included core/fields.sql
-- A field is an attribute of an object: one row here is one column of its table
-- (several for a composite type, a foreign key or none for a relation's two sides).

create table if not exists core.fields (
  id            uuid primary key default authz.uuid_v7(),
  workspace_id  uuid not null references core.workspaces on delete cascade,
  object_id     uuid not null,
  name          text not null,
  label         text not null,
  description   text not null default '',
  icon          text not null default '',
  type          text not null references core.field_types,
  column_name   text,
  is_nullable   boolean not null default true,
  is_unique     boolean not null default false,
  default_value jsonb,
  options       jsonb,
  settings      jsonb not null default '{}',
  is_custom     boolean not null default true,
  is_system     boolean not null default false,
  is_active     boolean not null default true,
  is_ui_editable boolean not null default true,
  is_label_synced_with_name boolean not null default false,
  standard_overrides jsonb check (jsonb_typeof(standard_overrides) = 'object'),
  status        text not null default 'READY' check (status in ('READY', 'BUILDING', 'FAILED')),
  status_reason text,
  building      text[] not null default '{}',
  is_kept       boolean not null default false,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  unique (workspace_id, id),
  unique (object_id, name),
  unique (object_id, column_name),
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade
);

comment on table core.fields is
  E'@singular field\n@plural fields\n'
  'An attribute of an object, such as a company''s name: one or more columns of its table.';
comment on column core.fields.object_id is
  E'@alias objectMetadataId\n'
  'The object that it is an attribute of.';
comment on column core.fields.is_ui_editable is
  'Whether screens let people write it.';
comment on column core.fields.is_label_synced_with_name is
  'Whether the name follows the label.';
comment on column core.fields.standard_overrides is
  'What this workspace calls a standard field otherwise: {label, description, icon}.';
comment on column core.fields.column_name is
  'The column, or what a composite''s columns begin with; null on the many side of a relation.';
comment on column core.fields.options is
  'The choices of a SELECT: a list of {id, value, label, color, position}.';
comment on column core.fields.status is
  'READY; BUILDING while a job does what is left of a change, on a large table; FAILED when records were in its way.';
comment on column core.fields.status_reason is
  'Why it is FAILED, in words; what could not be done is as if it had not been asked for.';
comment on column core.fields.building is
  E'@behavior -*\n'
  'What the job has still to do, in this order: FILL, CHECKS, REQUIRED, UNIQUE, KEYS, INDEXES.';
comment on column core.fields.is_kept is
  E'@behavior -*\n'
  'Whether a trigger keeps this formula''s column, as a generated one would have rewritten the table.';

-- What the API shows of the keys, and as what.
comment on constraint fields_workspace_id_fkey on core.fields is E'@behavior -*';
comment on constraint fields_type_fkey on core.fields is E'@behavior -*';
comment on constraint fields_workspace_id_object_id_fkey on core.fields is E'@fieldName object\n@foreignFieldName fields';

create index if not exists fields_workspace_id_object_id_idx
  on core.fields (workspace_id, object_id);
create index if not exists fields_type_idx
  on core.fields (type);

-- Who sees a row: whoever speaks for the workspace. Rows are written by core.apply_changes.
alter table core.fields enable row level security;
alter table core.fields force row level security;

drop policy if exists in_workspace on core.fields;
create policy in_workspace on core.fields as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists members on core.fields;
create policy members on core.fields for select to relata_reader
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists machine on core.fields;
create policy machine on core.fields to relata_owner
  using (true);

grant select on core.fields to relata_reader;

create or replace trigger _100_timestamps
  before update on core.fields
  for each row execute function private.tg__timestamps();
--! EndIncluded core/fields.sql
--! Included core/field_permissions.sql
-- What a role holds back: fields that it lets nobody read, or nobody change. A role says
-- nothing about the fields that have no row here. Enforced by grants of single columns
-- (private.field_limits), so that no statement whatever can name such a field.

create table if not exists core.field_permissions (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  role_id      uuid not null,
  field_id     uuid not null,
  can_read     boolean not null,
  can_update   boolean not null default false check (not can_update),
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (role_id, field_id),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade,
  foreign key (workspace_id, field_id) references core.fields (workspace_id, id) on delete cascade
);

comment on table core.field_permissions is
  E'@singular fieldPermission\n@plural fieldPermissions\n'
  'A field that a role may not read, or may not change.';
comment on column core.field_permissions.can_read is
  'Whether the role reads the field''s values. What it does not read, nor what is made from them, it does not see anywhere.';
comment on column core.field_permissions.can_update is
  'Whether the role gives the field values: never, for a field that stands here.';

-- What the API shows of the keys, and as what.
comment on constraint field_permissions_workspace_id_fkey on core.field_permissions is E'@behavior -*';
comment on constraint field_permissions_workspace_id_role_id_fkey on core.field_permissions is E'@fieldName role\n@foreignFieldName fieldPermissions';
comment on constraint field_permissions_workspace_id_field_id_fkey on core.field_permissions is E'@fieldName field\n@foreignFieldName permissions';

create index if not exists field_permissions_workspace_id_role_id_idx
  on core.field_permissions (workspace_id, role_id);
create index if not exists field_permissions_workspace_id_field_id_idx
  on core.field_permissions (workspace_id, field_id);

-- Who sees a row: those who manage roles.
alter table core.field_permissions enable row level security;
alter table core.field_permissions force row level security;

drop policy if exists in_workspace on core.field_permissions;
create policy in_workspace on core.field_permissions as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.field_permissions;
create policy managers on core.field_permissions for select to relata_reader
  using ((select authz.has_permission('roles')) or (select authz.has_permission('data_model')));

drop policy if exists machine on core.field_permissions;
create policy machine on core.field_permissions to relata_owner
  using (true);

grant select on core.field_permissions to relata_reader;

create or replace trigger _100_timestamps
  before update on core.field_permissions
  for each row execute function private.tg__timestamps();
--! EndIncluded core/field_permissions.sql
--! Included core/row_rules.sql
-- Which records a role opens: where an object and an action have rules of a role, the role
-- opens the records that any of them lets in; where they have none, all. Each is a part of
-- the policies of its object's table (private/build_row_policies.sql).

create table if not exists core.row_rules (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  role_id      uuid not null,
  object_id    uuid not null,
  name         text not null check (name ~ '^[a-z][a-zA-Z0-9]{0,62}$'),
  label        text not null check (label <> ''),
  actions      text[] not null check (actions <> '{}' and actions <@ '{read,create,update,delete,destroy}'),
  predicate    jsonb not null,
  printed      text not null,
  member_columns text[] not null default '{}',
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id),
  unique (role_id, object_id, name),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade,
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade
);

comment on table core.row_rules is
  E'@singular rowRule\n@plural rowRules\n'
  'Which records of an object a role opens, such as those that a member owns.';
comment on column core.row_rules.actions is
  'What it is about: read, create, update, delete, destroy.';
comment on column core.row_rules.predicate is
  'What a record must fulfil: a tree of {op, args}, {field}, {member}, {colleagues} and literals.';
comment on column core.row_rules.printed is
  'The predicate in words: accountOwner = me.';

comment on column core.row_rules.member_columns is
  E'@behavior -*\n'
  'The columns of the members that it is about, worked out by private.limit_rows.';

-- What the API shows of the keys, and as what.
comment on constraint row_rules_workspace_id_fkey on core.row_rules is E'@behavior -*';
comment on constraint row_rules_workspace_id_role_id_fkey on core.row_rules is E'@fieldName role\n@foreignFieldName rowRules';
comment on constraint row_rules_workspace_id_object_id_fkey on core.row_rules is E'@fieldName object\n@foreignFieldName rowRules';

create index if not exists row_rules_workspace_id_role_id_idx
  on core.row_rules (workspace_id, role_id);
create index if not exists row_rules_workspace_id_object_id_idx
  on core.row_rules (workspace_id, object_id);

-- Who sees a row: those who manage roles. Rows are written by core.set_row_rules.
alter table core.row_rules enable row level security;
alter table core.row_rules force row level security;

drop policy if exists in_workspace on core.row_rules;
create policy in_workspace on core.row_rules as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.row_rules;
create policy managers on core.row_rules for select to relata_reader
  using ((select authz.has_permission('roles')) or (select authz.has_permission('data_model')));

drop policy if exists machine on core.row_rules;
create policy machine on core.row_rules to relata_owner
  using (true);

grant select on core.row_rules to relata_reader;

create or replace trigger _100_timestamps
  before update on core.row_rules
  for each row execute function private.tg__timestamps();
--! EndIncluded core/row_rules.sql
--! Included core/relations.sql
-- A relation joins two objects: a field on each side, and one foreign key on the
-- side of the many; many-to-many has its keys in a junction object instead.
-- A morph field has a row for each of its targets.

create table if not exists core.relations (
  id             uuid primary key default authz.uuid_v7(),
  workspace_id   uuid not null references core.workspaces on delete cascade,
  type           text not null default 'MANY_TO_ONE' check (type in ('MANY_TO_ONE', 'ONE_TO_ONE', 'MANY_TO_MANY')),
  from_object_id uuid not null,
  from_field_id  uuid not null,
  to_object_id   uuid not null,
  to_field_id    uuid not null,
  column_name    text,
  junction_object_id uuid,
  on_delete      text not null default 'SET_NULL' check (on_delete in ('SET_NULL', 'CASCADE', 'RESTRICT')),
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  foreign key (workspace_id, from_object_id) references core.objects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, to_object_id) references core.objects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, from_field_id) references core.fields (workspace_id, id) on delete cascade,
  foreign key (workspace_id, to_field_id) references core.fields (workspace_id, id) on delete cascade,
  foreign key (workspace_id, junction_object_id) references core.objects (workspace_id, id) on delete cascade,
  check ((type = 'MANY_TO_MANY') = (column_name is null)),
  check ((type = 'MANY_TO_MANY') = (junction_object_id is not null))
);

comment on table core.relations is
  E'@singular relation\n@plural relations\n'
  'Joins two objects, with a field on each side: from the one that holds the foreign key, to the one it points at.';
comment on column core.relations.type is
  'As seen from fromObject: MANY_TO_ONE (from toObject: ONE_TO_MANY), ONE_TO_ONE or MANY_TO_MANY.';
comment on column core.relations.column_name is
  'The foreign key in fromObject''s table; null for MANY_TO_MANY.';
comment on column core.relations.junction_object_id is
  'The object that holds the pairs of a MANY_TO_MANY: its two system relations point at both sides; null for the others.';
comment on column core.relations.on_delete is
  'What becomes of the rows that point at a record when it is destroyed.';

-- What the API shows of the keys, and as what.
comment on constraint relations_workspace_id_fkey on core.relations is E'@behavior -*';
comment on constraint relations_workspace_id_from_object_id_fkey on core.relations is E'@fieldName fromObject\n@foreignFieldName relationsFrom';
comment on constraint relations_workspace_id_to_object_id_fkey on core.relations is E'@fieldName toObject\n@foreignFieldName relationsTo';
comment on constraint relations_workspace_id_from_field_id_fkey on core.relations is E'@fieldName fromField\n@foreignFieldName relationsFrom';
comment on constraint relations_workspace_id_to_field_id_fkey on core.relations is E'@fieldName toField\n@foreignFieldName relationsTo';
comment on constraint relations_workspace_id_junction_object_id_fkey on core.relations is E'@fieldName junctionObject\n@foreignFieldName relationsThrough';

create index if not exists relations_workspace_id_from_object_id_idx
  on core.relations (workspace_id, from_object_id);
create index if not exists relations_workspace_id_to_object_id_idx
  on core.relations (workspace_id, to_object_id);
create index if not exists relations_workspace_id_junction_object_id_idx
  on core.relations (workspace_id, junction_object_id);
-- A morph field points at several objects, at each once.
create unique index if not exists relations_workspace_id_from_field_id_to_object_id_idx
  on core.relations (workspace_id, from_field_id, to_object_id);
create unique index if not exists relations_workspace_id_to_field_id_idx
  on core.relations (workspace_id, to_field_id);

-- Who sees a row: whoever speaks for the workspace. Rows are written by core.apply_changes.
alter table core.relations enable row level security;
alter table core.relations force row level security;

drop policy if exists in_workspace on core.relations;
create policy in_workspace on core.relations as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists members on core.relations;
create policy members on core.relations for select to relata_reader
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists machine on core.relations;
create policy machine on core.relations to relata_owner
  using (true);

grant select on core.relations to relata_reader;

create or replace trigger _100_timestamps
  before update on core.relations
  for each row execute function private.tg__timestamps();
--! EndIncluded core/relations.sql
--! Included core/rules.sql
-- A rule is an expression that must hold for each living record of an object: one
-- row here is one check of its table.

create table if not exists core.rules (
  id               uuid primary key default authz.uuid_v7(),
  workspace_id     uuid not null references core.workspaces on delete cascade,
  object_id        uuid not null,
  kind             text not null default 'CHECK' check (kind in ('CHECK')),
  name             text not null,
  message          text not null check (message <> ''),
  expression       jsonb not null,
  only_new_records boolean not null default false,
  status           text not null default 'READY' check (status in ('READY', 'BUILDING', 'FAILED')),
  status_reason    text,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  unique (workspace_id, id),
  unique (object_id, name),
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade
);

comment on table core.rules is
  E'@singular rule\n@plural rules\n'
  'What must hold for each record of an object, such as that a deal closes after it was opened.';
comment on column core.rules.name is 'camelCase: names the rule in errors.';
comment on column core.rules.message is 'What a person reads who breaks the rule.';
comment on column core.rules.expression is
  'A tree of {op, args}, {field} and literals that is true or false; when it is null, the rule holds.';
comment on column core.rules.only_new_records is
  'Whether records from before the rule may break it until they are written again.';
comment on column core.rules.status is
  'READY; BUILDING while a job reads the records of a large table, and new ones are bound already; FAILED when some break it, and nobody is bound.';
comment on column core.rules.status_reason is 'Why it is FAILED, in words.';

-- What the API shows of the keys, and as what.
comment on constraint rules_workspace_id_fkey on core.rules is E'@behavior -*';
comment on constraint rules_workspace_id_object_id_fkey on core.rules is E'@fieldName object\n@foreignFieldName rules';

create index if not exists rules_workspace_id_object_id_idx
  on core.rules (workspace_id, object_id);

-- Who sees a row: admins of its workspace. Rows are written by core.apply_changes.
alter table core.rules enable row level security;
alter table core.rules force row level security;

drop policy if exists in_workspace on core.rules;
create policy in_workspace on core.rules as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.rules;
create policy managers on core.rules for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.rules;
create policy machine on core.rules to relata_owner
  using (true);

grant select on core.rules to relata_admin;

create or replace trigger _100_timestamps
  before update on core.rules
  for each row execute function private.tg__timestamps();
--! EndIncluded core/rules.sql
--! Included core/indexes.sql
-- An index that an admin asked for, over fields of an object: what finds or sorts
-- records faster, or, when it is unique, keeps two of them from being the same.

create table if not exists core.indexes (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  object_id    uuid not null,
  name         text not null check (length(name) <= 63),
  type         text not null default 'BTREE' check (type in ('BTREE', 'GIN')),
  fields       jsonb not null check (jsonb_array_length(fields) between 1 and 8),
  is_unique    boolean not null default false,
  is_custom    boolean not null default true,
  status       text not null default 'READY' check (status in ('READY', 'BUILDING', 'FAILED')),
  status_reason text,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id),
  unique (workspace_id, name),
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade,
  check (not is_unique or type = 'BTREE')
);

comment on table core.indexes is
  E'@singular index\n@plural indexes\n'
  'What finds or sorts an object''s records faster, or keeps two from being the same.';
comment on column core.indexes.name is 'Its name in PostgreSQL''s catalog.';
comment on column core.indexes.type is 'BTREE to compare and sort; GIN to look into texts, lists and JSON.';
comment on column core.indexes.fields is
  'The fields in their order: a list of {fieldId}, or {fieldId, part} for one value of a composite.';
comment on column core.indexes.is_unique is
  'Whether no two living records may have the same values, none of which is empty.';
comment on column core.indexes.status is
  'READY; BUILDING while a job makes it, on a large table; FAILED when records were twice the same.';
comment on column core.indexes.status_reason is 'Why it is FAILED, in words.';

-- What the API shows of the keys, and as what.
comment on constraint indexes_workspace_id_fkey on core.indexes is E'@behavior -*';
comment on constraint indexes_workspace_id_object_id_fkey on core.indexes is E'@fieldName object\n@foreignFieldName indexes';

create index if not exists indexes_workspace_id_object_id_idx
  on core.indexes (workspace_id, object_id);

-- Who sees a row: admins of its workspace. Rows are written by core.apply_changes.
alter table core.indexes enable row level security;
alter table core.indexes force row level security;

drop policy if exists in_workspace on core.indexes;
create policy in_workspace on core.indexes as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.indexes;
create policy managers on core.indexes for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.indexes;
create policy machine on core.indexes to relata_owner
  using (true);

grant select on core.indexes to relata_admin;

create or replace trigger _100_timestamps
  before update on core.indexes
  for each row execute function private.tg__timestamps();
--! EndIncluded core/indexes.sql
--! Included core/changes.sql
-- A change of a workspace's data model: who made it, when, what was asked, the SQL
-- that ran, and the change that would undo it. Rows are only ever added.

create table if not exists core.changes (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  kind         text not null,
  data         jsonb not null,
  target_id    uuid,
  inverse      jsonb,
  statements   jsonb not null default '[]',
  undoes_id    uuid,
  actor_name   text,
  actor_source text not null default authz.actor_source(),
  member_id    uuid,
  created_at   timestamptz not null default clock_timestamp(),
  unique (workspace_id, id),
  foreign key (workspace_id, undoes_id) references core.changes (workspace_id, id) on delete cascade
);

comment on table core.changes is
  E'@singular change\n@plural changes\n'
  'A change of the data model: who, when, what, and the SQL that ran.';
comment on column core.changes.kind is 'createField, updateObject, …: the name of a function private.change_<kind>.';
comment on column core.changes.data is 'What was asked.';
comment on column core.changes.target_id is 'The object, field, index or rule that it was about.';
comment on column core.changes.inverse is
  E'@behavior -*\n'
  'The change ({kind, data}) that undoes this one; null when nothing can.';
comment on column core.changes.statements is 'The SQL that ran, in its order.';
comment on column core.changes.member_id is 'The member who made it; null when it was no member.';

-- What the API shows of the keys, and as what.
comment on constraint changes_workspace_id_fkey on core.changes is E'@behavior -*';
comment on constraint changes_workspace_id_undoes_id_fkey on core.changes is E'@fieldName undoes\n@foreignFieldName undoneBy';

-- A change is undone once; who wants it back undoes the undoing.
create unique index if not exists changes_workspace_id_undoes_id_idx
  on core.changes (workspace_id, undoes_id);
create index if not exists changes_workspace_id_created_at_idx
  on core.changes (workspace_id, created_at, id);

-- Who sees a row: admins of its workspace. Rows are written by core.apply_changes.
alter table core.changes enable row level security;
alter table core.changes force row level security;

drop policy if exists in_workspace on core.changes;
create policy in_workspace on core.changes as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.changes;
create policy managers on core.changes for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.changes;
create policy machine on core.changes to relata_owner
  using (true);

grant select on core.changes to relata_admin;
--! EndIncluded core/changes.sql
--! Included core/trash.sql
-- What was taken out of a data model, until it is purged: a field's columns stay in
-- their table under a name of the trash, an object's table moves to the schema
-- trash, and their metadata wait here. Nothing is copied, so nothing is slow.

create table if not exists core.trash (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  kind         text not null check (kind in ('FIELD', 'OBJECT', 'VALUES')),
  name         text not null,
  object_id    uuid not null,
  rows         jsonb not null default '[]',
  columns      jsonb not null default '[]',
  searched     jsonb not null default '{}',
  created_at   timestamptz not null default now()
);

comment on table core.trash is
  E'@singular trashItem\n@plural trashItems\n'
  'A field or an object that was deleted, and can be had back until it is purged.';
comment on column core.trash.object_id is
  E'@behavior -*\n'
  'The object that it is, or whose field it is; it may be gone too.';
comment on column core.trash.rows is
  E'@behavior -*\n'
  'The metadata: a list of {table, row}, as private.rows_below found them.';
comment on column core.trash.columns is
  E'@behavior -*\n'
  'Its columns: a list of {objectId, column, trashed, isRequired, default}.';
comment on column core.trash.searched is
  E'@behavior -*\n'
  'The search fields of the objects before: {objectId: [names]}.';

-- What the API shows of the keys, and as what.
comment on constraint trash_workspace_id_fkey on core.trash is E'@behavior -*';

create index if not exists trash_workspace_id_created_at_idx
  on core.trash (workspace_id, created_at);

-- Who sees a row: admins of its workspace. Rows are written by core.apply_changes.
alter table core.trash enable row level security;
alter table core.trash force row level security;

drop policy if exists in_workspace on core.trash;
create policy in_workspace on core.trash as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.trash;
create policy managers on core.trash for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.trash;
create policy machine on core.trash to relata_owner
  using (true);

grant select on core.trash to relata_admin;
--! EndIncluded core/trash.sql
--! Included core/field_relations.sql
-- A relation as each of its fields sees it: from itself, the source, to the other, the
-- target. What /metadata shows as field.relation and field.morphRelations.

create or replace view core.field_relations with (security_invoker = true) as
select r.from_field_id as field_id, r.workspace_id, r.type,
       r.from_object_id as source_object_id, r.from_field_id as source_field_id,
       r.to_object_id as target_object_id, r.to_field_id as target_field_id,
       r.column_name, r.junction_object_id, r.on_delete
from core.relations r
union all
select r.to_field_id, r.workspace_id, case r.type when 'MANY_TO_ONE' then 'ONE_TO_MANY' else r.type end,
       r.to_object_id, r.to_field_id, r.from_object_id, r.from_field_id,
       null, r.junction_object_id, r.on_delete
from core.relations r;

comment on view core.field_relations is
  E'@behavior -*\n'
  'A relation as each of its two fields sees it; reads core.relations as whoever asks.';

grant select on core.field_relations to relata_reader;
--! EndIncluded core/field_relations.sql
--! Included core/object_record_counts.sql
-- How many records each object has: asked for beside every name in a menu, so large
-- tables answer what PostgreSQL has counted last.

create or replace function core.object_record_counts() returns table (object_name_plural text, total_count bigint)
language plpgsql stable
as $$
declare
  _object record;
begin
  for _object in
    select o.name_plural, c.oid::regclass as tbl, c.reltuples
    from core.objects o
    join core.workspaces w on w.id = o.workspace_id
    join pg_catalog.pg_namespace n on n.nspname = w.schema_name
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = o.table_name
    where o.is_active and authz.has_permission(o.name_plural || '.read')
    order by o.name_plural
  loop
    object_name_plural := _object.name_plural;
    total_count := _object.reltuples;
    if _object.reltuples < 10000 or authz.is_conditional(_object.name_plural || '.read') then
      execute format('select count(*) from %s where deleted_at is null', _object.tbl) into total_count;
    end if;
    return next;
  end loop;
end
$$;

comment on function core.object_record_counts() is
  'The number of living records of each object that the caller may read; of more than 10,000, about how many. Where rules decide which he sees, of these.';
grant execute on function core.object_record_counts() to relata_reader;
--! EndIncluded core/object_record_counts.sql

-- What people make to look at records.
--! Included private/view_rules.sql
-- What views have in common: which field may stand where, and which operands fit
-- which types of field.

create table if not exists private.filter_operands (
  operand     text primary key,
  field_types text[]
);

comment on table private.filter_operands is
  'Which types of field a view''s filter may ask each operand of; null for any. A type that stands in no row takes every operand.';

insert into private.filter_operands values
  ('IS',                    '{TEXT,UUID,NUMBER,NUMERIC,CURRENCY,RATING,BOOLEAN,DATE,DATE_TIME,SELECT,RELATION,MORPH_RELATION,ACTOR,EMAILS,PHONES,LINKS,ADDRESS,FULL_NAME,POSITION}'),
  ('IS_NOT',                '{TEXT,UUID,NUMBER,NUMERIC,CURRENCY,RATING,BOOLEAN,DATE,DATE_TIME,SELECT,RELATION,MORPH_RELATION,ACTOR,EMAILS,PHONES,LINKS,ADDRESS,FULL_NAME,POSITION}'),
  ('CONTAINS',              '{TEXT,MULTI_SELECT,ARRAY,RAW_JSON,RICH_TEXT,FILES,ACTOR,EMAILS,PHONES,LINKS,ADDRESS,FULL_NAME,CURRENCY}'),
  ('DOES_NOT_CONTAIN',      '{TEXT,MULTI_SELECT,ARRAY,RAW_JSON,RICH_TEXT,FILES,ACTOR,EMAILS,PHONES,LINKS,ADDRESS,FULL_NAME,CURRENCY}'),
  ('GREATER_THAN_OR_EQUAL', '{NUMBER,NUMERIC,CURRENCY,RATING,POSITION,ADDRESS}'),
  ('LESS_THAN_OR_EQUAL',    '{NUMBER,NUMERIC,CURRENCY,RATING,POSITION,ADDRESS}'),
  ('IS_BEFORE',             '{DATE,DATE_TIME}'),
  ('IS_AFTER',              '{DATE,DATE_TIME}'),
  ('IS_RELATIVE',           '{DATE,DATE_TIME}'),
  ('IS_IN_PAST',            '{DATE,DATE_TIME}'),
  ('IS_IN_FUTURE',          '{DATE,DATE_TIME}'),
  ('IS_TODAY',              '{DATE,DATE_TIME}'),
  ('VECTOR_SEARCH',         '{TS_VECTOR}'),
  ('IS_NOT_NULL',           null),
  ('IS_EMPTY',              null),
  ('IS_NOT_EMPTY',          null)
on conflict (operand) do update set field_types = excluded.field_types;

create or replace function private.operand_fits(operand text, field_type text) returns boolean
language sql stable
return exists (
    select from private.filter_operands o
    where o.operand = operand_fits.operand and (o.field_types is null or field_type = any (o.field_types)))
  or not exists (select from private.filter_operands o where field_type = any (o.field_types));

comment on function private.operand_fits(text, text) is
  'Whether a view''s filter may ask this operand of a field of this type.';

create or replace function private.object_of_view(view_id uuid) returns uuid
language plpgsql
as $$
declare
  _object_id uuid;
begin
  -- Locked, as what a view may hold is counted: two at once would each see room for one more.
  select v.object_id into _object_id from core.views v where v.id = object_of_view.view_id for no key update;
  if not found and view_id is not null then
    perform private.fail('NTFND', 'There is no such view.', 'viewId');
  end if;
  return _object_id;
end
$$;

comment on function private.object_of_view(uuid) is
  'The object that a view is of, with the view locked until the transaction ends; NOT_FOUND when there is no such view.';

create or replace function private.field_of_object(object_id uuid, field_id uuid, path text) returns core.fields
language plpgsql stable
as $$
declare
  _field core.fields;
begin
  select * into _field from core.fields f
    where f.id = field_of_object.field_id and f.object_id = field_of_object.object_id;
  if not found then
    perform private.fail('NTFND', 'The view''s object has no such field.', path);
  end if;
  return _field;
end
$$;

comment on function private.field_of_object(uuid, uuid, text) is
  'The field, when it is of this object; NOT_FOUND otherwise.';

create or replace function private.check_sub_field(_field core.fields, sub_field_name text) returns void
language plpgsql stable
as $$
declare
  _columns jsonb := (select t.columns from core.field_types t where t.name = _field.type);
begin
  if sub_field_name is null then
    return;
  end if;
  if jsonb_path_exists(_columns, '$[*].part')
    and not jsonb_path_exists(_columns, '$[*] ? (@.part == $name)', jsonb_build_object('name', sub_field_name))
    or jsonb_array_length(_columns) < 2 and not jsonb_path_exists(_columns, '$[*].part')
    or sub_field_name !~ '^[a-zA-Z0-9]{1,63}$' then
    perform private.fail('VIEWS', format('A field of type %s has no such part.', _field.type), 'subFieldName');
  end if;
end
$$;

comment on function private.check_sub_field(core.fields, text) is
  'Nothing for a part of a composite field (the amountMicros of a CURRENCY); VIEW_INVALID otherwise.';

create or replace function private.filter_values(value jsonb) returns text[]
language plpgsql immutable
as $$
declare
  _values jsonb := value;
begin
  -- ["A", "B"], or "A", or the same list as a text: "[\"A\", \"B\"]".
  if jsonb_typeof(_values) = 'string' and _values #>> '{}' ~ '^\s*\[' then
    _values := (_values #>> '{}')::jsonb;
  elsif _values in ('null', '""') then
    _values := '[]';
  elsif jsonb_typeof(_values) <> 'array' then
    _values := jsonb_build_array(_values);
  end if;
  return array(select jsonb_array_elements_text(_values));
exception when data_exception then
  return array[value #>> '{}'];
end
$$;

comment on function private.filter_values(jsonb) is
  'The values that a view''s filter names, in whichever form they were given.';
--! EndIncluded private/view_rules.sql
--! Included private/aggregate_operations.sql
-- What may stand below a column of a view, or above one of a board: which types of
-- field can be added up in which way.

create table if not exists private.aggregate_operations (
  operation   text primary key,
  field_types text[]
);

comment on table private.aggregate_operations is
  'Which types of field each aggregate operation is for; null for any.';

insert into private.aggregate_operations values
  ('COUNT',       null),
  ('MIN',         '{NUMBER,NUMERIC,CURRENCY,DATE,DATE_TIME}'),
  ('MAX',         '{NUMBER,NUMERIC,CURRENCY,DATE,DATE_TIME}'),
  ('AVG',         '{NUMBER,NUMERIC,CURRENCY}'),
  ('SUM',         '{NUMBER,NUMERIC,CURRENCY}'),
  ('COUNT_TRUE',  '{BOOLEAN}'),
  ('COUNT_FALSE', '{BOOLEAN}')
on conflict (operation) do update set field_types = excluded.field_types;

create or replace function private.check_aggregate(_field core.fields, operation text, path text) returns void
language plpgsql stable
as $$
declare
  _types text[];
begin
  select a.field_types into _types from private.aggregate_operations a where a.operation = check_aggregate.operation;
  -- The others count values, of which a relation has none of its own.
  if _types is not null and _field.type <> all (_types)
    or not found and _field.type in ('RELATION', 'MORPH_RELATION') then
    perform private.fail_listed('VIEWS', format('A field of type %s has no %s.', _field.type, check_aggregate.operation), path);
  end if;
end
$$;

comment on function private.check_aggregate(core.fields, text, text) is
  'Nothing when a view may aggregate the field so; METADATA_VALIDATION_FAILED otherwise.';
--! EndIncluded private/aggregate_operations.sql
--! Included core/views.sql
-- A view is a way to look at the records of an object: a table, a board or a
-- calendar, with its fields, filters, sorts and groups.

create table if not exists core.views (
  id                                    uuid primary key default authz.uuid_v7(),
  workspace_id                          uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  object_id                             uuid not null,
  creator_id                            uuid default authz.member_id(),
  name                                  text not null,
  type                                  text not null default 'TABLE',
  key                                   text,
  icon                                  text not null default '',
  position                              double precision not null default 0,
  is_compact                            boolean not null default false,
  should_hide_empty_groups              boolean not null default false,
  open_record_in                        text not null default 'SIDE_PANEL',
  kanban_aggregate_operation            text,
  kanban_aggregate_operation_field_id   uuid,
  main_group_by_field_id                uuid,
  calendar_layout                       text,
  calendar_field_id                     uuid,
  any_field_filter_value                text,
  visibility                            text not null default 'WORKSPACE',
  created_at                            timestamptz not null default now(),
  updated_at                            timestamptz not null default now(),
  deleted_at                            timestamptz,
  unique (workspace_id, id),
  constraint object_id_fkey foreign key (workspace_id, object_id)
    references core.objects (workspace_id, id) on delete cascade,
  constraint creator_id_fkey foreign key (workspace_id, creator_id)
    references core.workspace_members (workspace_id, id) on delete set null (creator_id),
  constraint kanban_aggregate_operation_field_id_fkey foreign key (workspace_id, kanban_aggregate_operation_field_id)
    references core.fields (workspace_id, id) on delete set null (kanban_aggregate_operation_field_id),
  constraint main_group_by_field_id_fkey foreign key (workspace_id, main_group_by_field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint calendar_field_id_fkey foreign key (workspace_id, calendar_field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint type_check check (type in ('TABLE', 'KANBAN', 'CALENDAR', 'FIELDS_WIDGET', 'TABLE_WIDGET')),
  constraint key_check check (key in ('INDEX')),
  constraint open_record_in_check check (open_record_in in ('SIDE_PANEL', 'RECORD_PAGE')),
  constraint calendar_layout_check check (calendar_layout in ('DAY', 'WEEK', 'MONTH')),
  constraint visibility_check check (visibility in ('WORKSPACE', 'UNLISTED')),
  constraint any_field_filter_value_check check (length(any_field_filter_value) <= 1000),
  constraint icon_check check (length(icon) <= 255),
  constraint kanban_aggregate_operation_check check (kanban_aggregate_operation in (
    'MIN', 'MAX', 'AVG', 'SUM', 'COUNT', 'COUNT_UNIQUE_VALUES', 'COUNT_EMPTY', 'COUNT_NOT_EMPTY',
    'COUNT_TRUE', 'COUNT_FALSE', 'PERCENTAGE_EMPTY', 'PERCENTAGE_NOT_EMPTY'))
);

comment on table core.views is
  E'@singular view\n@plural views\n'
  'A way to look at the records of an object: a table, a board or a calendar.';
comment on column core.views.object_id is
  E'@alias objectMetadataId\n'
  'The object whose records it shows.';
comment on column core.views.creator_id is
  'Who made it; null for a view that came with its object.';
comment on column core.views.type is
  E'@enum ViewType TABLE KANBAN CALENDAR FIELDS_WIDGET TABLE_WIDGET\n'
  'How the records are shown.';
comment on column core.views.key is
  E'@enum ViewKey INDEX\n'
  'INDEX for the view that an object opens with; each has one, which stays.';
comment on column core.views.open_record_in is
  E'@enum ViewOpenRecordIn SIDE_PANEL RECORD_PAGE\n'
  'Where a record opens.';
comment on column core.views.kanban_aggregate_operation is
  E'@enum AggregateOperations MIN MAX AVG SUM COUNT COUNT_UNIQUE_VALUES COUNT_EMPTY COUNT_NOT_EMPTY COUNT_TRUE COUNT_FALSE PERCENTAGE_EMPTY PERCENTAGE_NOT_EMPTY\n'
  'What stands above each column of a board.';
comment on column core.views.kanban_aggregate_operation_field_id is
  E'@alias kanbanAggregateOperationFieldMetadataId\n'
  'The field that is aggregated there.';
comment on column core.views.main_group_by_field_id is
  E'@alias mainGroupByFieldMetadataId\n'
  'The SELECT whose options are the groups; a KANBAN has one.';
comment on column core.views.calendar_layout is
  E'@enum ViewCalendarLayout DAY WEEK MONTH\n'
  'How much of a CALENDAR is shown at once.';
comment on column core.views.calendar_field_id is
  E'@alias calendarFieldMetadataId\n'
  'The DATE or DATE_TIME by which a CALENDAR places records.';
comment on column core.views.any_field_filter_value is
  'What any field of a record must hold for it to be shown.';
comment on column core.views.visibility is
  E'@enum ViewVisibility WORKSPACE UNLISTED\n'
  'WORKSPACE for everybody; UNLISTED for who made it.';

-- What the API shows of the keys, and as what.
comment on constraint views_workspace_id_fkey on core.views is E'@behavior -*';
comment on constraint object_id_fkey on core.views is E'@fieldName object\n@foreignFieldName views';
comment on constraint creator_id_fkey on core.views is E'@behavior -*';
comment on constraint kanban_aggregate_operation_field_id_fkey on core.views is E'@fieldName kanbanAggregateOperationField\n@behavior -manyRelation:resource:connection';
comment on constraint main_group_by_field_id_fkey on core.views is E'@fieldName mainGroupByField\n@behavior -manyRelation:resource:connection';
comment on constraint calendar_field_id_fkey on core.views is E'@fieldName calendarField\n@behavior -manyRelation:resource:connection';

create unique index if not exists views_index_view_idx
  on core.views (object_id) where key = 'INDEX';
create index if not exists views_workspace_id_object_id_idx
  on core.views (workspace_id, object_id);
create index if not exists views_workspace_id_creator_id_idx
  on core.views (workspace_id, creator_id);
create index if not exists views_workspace_id_kanban_field_id_idx
  on core.views (workspace_id, kanban_aggregate_operation_field_id);
create index if not exists views_workspace_id_main_group_by_field_id_idx
  on core.views (workspace_id, main_group_by_field_id);
create index if not exists views_workspace_id_calendar_field_id_idx
  on core.views (workspace_id, calendar_field_id);

-- Who sees a row: everybody in the workspace, when it is listed; else who made it.
-- Who writes it: of those, members with the permission views.
alter table core.views enable row level security;
alter table core.views force row level security;

drop policy if exists in_workspace on core.views;
create policy in_workspace on core.views as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.views;
create policy readers on core.views for select to relata_reader
  using (visibility = 'WORKSPACE' or creator_id = (select authz.member_id()));

drop policy if exists creators on core.views;
create policy creators on core.views for insert to relata_writer
  with check ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists updaters on core.views;
create policy updaters on core.views for update to relata_writer
  using ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists destroyers on core.views;
create policy destroyers on core.views for delete to relata_writer
  using ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists machine on core.views;
create policy machine on core.views to relata_owner
  using (true);

-- An object, a key and who made it are said once.
grant select on core.views to relata_reader;
grant
  insert (id, object_id, name, type, key, icon, position, is_compact, should_hide_empty_groups, open_record_in,
          kanban_aggregate_operation, kanban_aggregate_operation_field_id, main_group_by_field_id,
          calendar_layout, calendar_field_id, any_field_filter_value, visibility),
  update (name, type, icon, position, is_compact, should_hide_empty_groups, open_record_in,
          kanban_aggregate_operation, kanban_aggregate_operation_field_id, main_group_by_field_id,
          calendar_layout, calendar_field_id, any_field_filter_value, visibility, deleted_at),
  delete
on core.views to relata_writer;
--! EndIncluded core/views.sql
--! Included core/view_triggers.sql
-- What holds for each view, whoever writes it.

create or replace function private.tg_views__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _field core.fields;
begin
  if tg_op = 'INSERT' and new.object_id is not null
    and not exists (select from core.objects o where o.id = new.object_id) then
    perform private.fail('NTFND', 'There is no such object.', 'objectId');
  end if;
  if new.name is not null then
    perform private.check_label(new.name, 'name');
  end if;
  if tg_op = 'INSERT' and new.key = 'INDEX'
    and exists (select from core.views v where v.object_id = new.object_id and v.key = 'INDEX' and v.id <> new.id) then
    perform private.fail('23505', 'The object has its index view already.', 'key');
  end if;

  if new.main_group_by_field_id is not null then
    if (private.field_of_object(new.object_id, new.main_group_by_field_id, 'mainGroupByFieldId')).type <> 'SELECT' then
      perform private.fail('VIEWS', 'Records are grouped by a field of type SELECT.', 'mainGroupByFieldId');
    end if;
  elsif new.type = 'KANBAN' then
    perform private.fail('VIEWS', 'A board is grouped by a field of type SELECT.', 'mainGroupByFieldId');
  end if;
  if new.calendar_field_id is not null then
    if (private.field_of_object(new.object_id, new.calendar_field_id, 'calendarFieldId')).type not in ('DATE', 'DATE_TIME') then
      perform private.fail('VIEWS', 'A calendar places records by a field of type DATE or DATE_TIME.', 'calendarFieldId');
    end if;
  elsif new.type = 'CALENDAR' then
    perform private.fail('VIEWS', 'A calendar places records by a field of type DATE or DATE_TIME.', 'calendarFieldId');
  end if;
  if new.type = 'CALENDAR' then
    new.calendar_layout := coalesce(new.calendar_layout, 'MONTH');
  end if;
  if new.kanban_aggregate_operation_field_id is not null then
    _field := private.field_of_object(new.object_id, new.kanban_aggregate_operation_field_id, 'kanbanAggregateOperationFieldId');
    if new.kanban_aggregate_operation is not null then
      perform private.check_aggregate(_field, new.kanban_aggregate_operation, 'kanbanAggregateOperation');
    end if;
  end if;
  return new;
end
$$;

comment on function private.tg_views__checked() is
  'A view is made of fields of its own object, and has those that its type needs.';

create or replace function private.tg_views__kept() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- With its object or its workspace, it goes by a foreign key: from a trigger.
  if pg_trigger_depth() = 1 then
    perform private.fail('VIEWS', 'The index view of an object stays; it can be changed.', 'id');
  end if;
  return coalesce(new, old);
end
$$;

comment on function private.tg_views__kept() is
  'An object''s index view cannot be deleted.';

create or replace function private.tg_views__regrouped() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('relata.is_restoring', true) = 'on' then
    return null; -- its groups come with it
  elsif tg_op = 'UPDATE' and old.main_group_by_field_id is distinct from new.main_group_by_field_id then
    delete from core.view_groups g where g.view_id = new.id;
  elsif tg_op = 'UPDATE' and old.type = 'KANBAN' then
    return null;
  end if;
  if new.type = 'KANBAN' then
    perform private.add_option_groups(new);
  end if;
  return null;
end
$$;

comment on function private.tg_views__regrouped() is
  'The groups of a view go when it is grouped by another field, and a board gets one for each option.';

create or replace trigger _100_timestamps
  before update on core.views
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update on core.views
  for each row execute function private.tg_views__checked();
create or replace trigger _200_kept
  before delete on core.views
  for each row when (old.key = 'INDEX') execute function private.tg_views__kept();
create or replace trigger _210_kept
  before update of deleted_at on core.views
  for each row when (old.key = 'INDEX' and new.deleted_at is not null) execute function private.tg_views__kept();
create or replace trigger _500_regrouped
  after insert or update of type, main_group_by_field_id on core.views
  for each row execute function private.tg_views__regrouped();
--! EndIncluded core/view_triggers.sql
--! Included core/view_field_groups.sql
-- A group of a view's fields, under a heading of its own.

create table if not exists core.view_field_groups (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id      uuid not null,
  name         text not null,
  position     double precision not null default 0,
  is_visible   boolean not null default true,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  deleted_at   timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  unique (workspace_id, view_id, id),
  constraint name_check check (btrim(name) <> '' and length(name) <= 255)
);

comment on table core.view_field_groups is
  E'@singular viewFieldGroup\n@plural viewFieldGroups\n'
  'A heading in a view, with fields under it.';

-- What the API shows of the keys, and as what.
comment on constraint view_field_groups_workspace_id_fkey on core.view_field_groups is E'@behavior -*';
comment on constraint view_id_fkey on core.view_field_groups is E'@fieldName view\n@behavior -manyRelation:resource:connection';

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_field_groups enable row level security;
alter table core.view_field_groups force row level security;

drop policy if exists in_workspace on core.view_field_groups;
create policy in_workspace on core.view_field_groups as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_field_groups;
create policy readers on core.view_field_groups for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_field_groups;
create policy creators on core.view_field_groups for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_field_groups;
create policy updaters on core.view_field_groups for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_field_groups;
create policy destroyers on core.view_field_groups for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_field_groups;
create policy machine on core.view_field_groups to relata_owner
  using (true);

grant select on core.view_field_groups to relata_reader;
grant
  insert (id, view_id, name, position, is_visible),
  update (name, position, is_visible, deleted_at),
  delete
on core.view_field_groups to relata_writer;

create or replace trigger _100_timestamps
  before update on core.view_field_groups
  for each row execute function private.tg__timestamps();
--! EndIncluded core/view_field_groups.sql
--! Included core/view_fields.sql
-- A field as one view shows it: where, how wide, and whether at all.

create table if not exists core.view_fields (
  id                  uuid primary key default authz.uuid_v7(),
  workspace_id        uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id             uuid not null,
  field_id            uuid not null,
  view_field_group_id uuid,
  is_visible          boolean not null default true,
  size                int not null default 0,
  position            double precision not null default 0,
  aggregate_operation text,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  deleted_at          timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  constraint field_id_fkey foreign key (workspace_id, field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint view_field_group_id_fkey foreign key (workspace_id, view_id, view_field_group_id)
    references core.view_field_groups (workspace_id, view_id, id) on delete set null (view_field_group_id),
  constraint size_check check (size between 0 and 10000),
  constraint aggregate_operation_check check (aggregate_operation in (
    'MIN', 'MAX', 'AVG', 'SUM', 'COUNT', 'COUNT_UNIQUE_VALUES', 'COUNT_EMPTY', 'COUNT_NOT_EMPTY',
    'COUNT_TRUE', 'COUNT_FALSE', 'PERCENTAGE_EMPTY', 'PERCENTAGE_NOT_EMPTY'))
);

comment on table core.view_fields is
  E'@singular viewField\n@plural viewFields\n'
  'A field as a view shows it.';
comment on column core.view_fields.field_id is
  E'@alias fieldMetadataId\n'
  'The field, one of the view''s object.';
comment on column core.view_fields.is_visible is
  'Whether the view shows the field; at most 30 of a view are shown.';
comment on column core.view_fields.size is
  'The width of the column in pixels; 0 for the client''s own.';
comment on column core.view_fields.aggregate_operation is
  E'@enum AggregateOperations MIN MAX AVG SUM COUNT COUNT_UNIQUE_VALUES COUNT_EMPTY COUNT_NOT_EMPTY COUNT_TRUE COUNT_FALSE PERCENTAGE_EMPTY PERCENTAGE_NOT_EMPTY\n'
  'What stands below the column.';

-- What the API shows of the keys, and as what.
comment on constraint view_fields_workspace_id_fkey on core.view_fields is E'@behavior -*';
comment on constraint view_id_fkey on core.view_fields is E'@fieldName view\n@behavior -manyRelation:resource:connection';
comment on constraint field_id_fkey on core.view_fields is E'@fieldName field\n@behavior -manyRelation:resource:connection';
comment on constraint view_field_group_id_fkey on core.view_fields is E'@fieldName viewFieldGroup\n@behavior -manyRelation:resource:connection';

create unique index if not exists view_fields_once_idx
  on core.view_fields (view_id, field_id) where deleted_at is null;
create index if not exists view_fields_workspace_id_view_id_idx
  on core.view_fields (workspace_id, view_id, view_field_group_id);
create index if not exists view_fields_workspace_id_field_id_idx
  on core.view_fields (workspace_id, field_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_fields enable row level security;
alter table core.view_fields force row level security;

drop policy if exists in_workspace on core.view_fields;
create policy in_workspace on core.view_fields as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_fields;
create policy readers on core.view_fields for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_fields;
create policy creators on core.view_fields for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_fields;
create policy updaters on core.view_fields for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_fields;
create policy destroyers on core.view_fields for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_fields;
create policy machine on core.view_fields to relata_owner
  using (true);

grant select on core.view_fields to relata_reader;
grant
  insert (id, view_id, field_id, view_field_group_id, is_visible, size, position, aggregate_operation),
  update (view_field_group_id, is_visible, size, position, aggregate_operation, deleted_at),
  delete
on core.view_fields to relata_writer;

create or replace function private.tg_view_fields__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object_id uuid := private.object_of_view(new.view_id);
  _field core.fields;
begin
  if new.field_id is not null then
    _field := private.field_of_object(_object_id, new.field_id, 'fieldId');
  end if;
  if new.aggregate_operation is not null then
    perform private.check_aggregate(_field, new.aggregate_operation, 'aggregateOperation');
  end if;
  if new.deleted_at is null and exists (
    select from core.view_fields f
    where f.view_id = new.view_id and f.field_id = new.field_id and f.id <> new.id and f.deleted_at is null) then
    perform private.fail('23505', 'The view has this field already.', 'fieldId');
  end if;
  if new.is_visible and new.deleted_at is null
    and (select count(*) from core.view_fields f
         where f.view_id = new.view_id and f.is_visible and f.deleted_at is null and f.id <> new.id) >= 30 then
    perform private.fail('LIMIT', 'A view shows at most 30 fields.', 'isVisible');
  end if;
  return new;
end
$$;

comment on function private.tg_view_fields__checked() is
  'A view shows fields of its own object, each once, and at most 30 of them; below one stands what its type can be added up to.';

create or replace trigger _100_timestamps
  before update on core.view_fields
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of is_visible, deleted_at, aggregate_operation on core.view_fields
  for each row execute function private.tg_view_fields__checked();
--! EndIncluded core/view_fields.sql
--! Included core/view_filter_groups.sql
-- A group of a view's filters that hold together: all of them, any, or none.

create table if not exists core.view_filter_groups (
  id                          uuid primary key default authz.uuid_v7(),
  workspace_id                uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id                     uuid not null,
  parent_view_filter_group_id uuid,
  logical_operator            text not null default 'AND',
  position                    double precision not null default 0,
  created_at                  timestamptz not null default now(),
  updated_at                  timestamptz not null default now(),
  deleted_at                  timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  unique (workspace_id, view_id, id),
  constraint parent_view_filter_group_id_fkey foreign key (workspace_id, view_id, parent_view_filter_group_id)
    references core.view_filter_groups (workspace_id, view_id, id) on delete cascade,
  constraint logical_operator_check check (logical_operator in ('AND', 'OR', 'NOT'))
);

comment on table core.view_filter_groups is
  E'@singular viewFilterGroup\n@plural viewFilterGroups\n'
  'Filters of a view that hold together: all (AND), any (OR), or none (NOT).';
comment on column core.view_filter_groups.logical_operator is
  E'@enum ViewFilterGroupLogicalOperator AND OR NOT\n'
  'Whether all, any or none of what is in the group must hold.';
comment on column core.view_filter_groups.position is
  E'@alias positionInViewFilterGroup\n'
  'Its place in the group around it.';

-- What the API shows of the keys, and as what.
comment on constraint view_filter_groups_workspace_id_fkey on core.view_filter_groups is E'@behavior -*';
comment on constraint view_id_fkey on core.view_filter_groups is E'@fieldName view\n@behavior -manyRelation:resource:connection';
comment on constraint parent_view_filter_group_id_fkey on core.view_filter_groups is E'@fieldName parentViewFilterGroup\n@behavior -manyRelation:resource:connection';

create index if not exists view_filter_groups_workspace_id_view_id_parent_idx
  on core.view_filter_groups (workspace_id, view_id, parent_view_filter_group_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_filter_groups enable row level security;
alter table core.view_filter_groups force row level security;

drop policy if exists in_workspace on core.view_filter_groups;
create policy in_workspace on core.view_filter_groups as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_filter_groups;
create policy readers on core.view_filter_groups for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_filter_groups;
create policy creators on core.view_filter_groups for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_filter_groups;
create policy updaters on core.view_filter_groups for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_filter_groups;
create policy destroyers on core.view_filter_groups for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_filter_groups;
create policy machine on core.view_filter_groups to relata_owner
  using (true);

grant select on core.view_filter_groups to relata_reader;
grant
  insert (id, view_id, parent_view_filter_group_id, logical_operator, position),
  update (parent_view_filter_group_id, logical_operator, position, deleted_at),
  delete
on core.view_filter_groups to relata_writer;

create or replace function private.tg_view_filter_groups__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform private.object_of_view(new.view_id);
  -- Only one that stands already can come to stand inside of itself.
  if new.parent_view_filter_group_id is not null and exists (
    with recursive around (id) as (
      select new.parent_view_filter_group_id
      union
      select g.parent_view_filter_group_id
      from around join core.view_filter_groups g on g.id = around.id
      where g.parent_view_filter_group_id is not null
    )
    select from around where around.id = new.id) then
    perform private.fail('VIEWS', 'A group cannot stand inside of itself.', 'parentViewFilterGroupId');
  end if;
  return new;
end
$$;

comment on function private.tg_view_filter_groups__checked() is
  'No group of filters stands inside of itself.';

create or replace trigger _100_timestamps
  before update on core.view_filter_groups
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of parent_view_filter_group_id on core.view_filter_groups
  for each row execute function private.tg_view_filter_groups__checked();
--! EndIncluded core/view_filter_groups.sql
--! Included core/view_filters.sql
-- A filter of a view: a field, an operand and a value.

create table if not exists core.view_filters (
  id                            uuid primary key default authz.uuid_v7(),
  workspace_id                  uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id                       uuid not null,
  field_id                      uuid not null,
  operand                       text not null default 'CONTAINS',
  value                         jsonb not null default '""',
  view_filter_group_id          uuid,
  position_in_view_filter_group double precision,
  sub_field_name                text,
  created_at                    timestamptz not null default now(),
  updated_at                    timestamptz not null default now(),
  deleted_at                    timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  constraint field_id_fkey foreign key (workspace_id, field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint view_filter_group_id_fkey foreign key (workspace_id, view_id, view_filter_group_id)
    references core.view_filter_groups (workspace_id, view_id, id) on delete cascade,
  constraint operand_check check (operand in (
    'IS', 'IS_NOT', 'IS_NOT_NULL', 'LESS_THAN_OR_EQUAL', 'GREATER_THAN_OR_EQUAL', 'IS_BEFORE', 'IS_AFTER', 'CONTAINS',
    'DOES_NOT_CONTAIN', 'IS_EMPTY', 'IS_NOT_EMPTY', 'IS_RELATIVE', 'IS_IN_PAST', 'IS_IN_FUTURE', 'IS_TODAY', 'VECTOR_SEARCH')),
  constraint value_check check (octet_length(value::text) <= 10000)
);

comment on table core.view_filters is
  E'@singular viewFilter\n@plural viewFilters\n'
  'A condition that the records of a view meet.';
comment on column core.view_filters.field_id is
  E'@alias fieldMetadataId\n'
  'The field, one of the view''s object.';
comment on column core.view_filters.operand is
  E'@enum ViewFilterOperand IS IS_NOT IS_NOT_NULL LESS_THAN_OR_EQUAL GREATER_THAN_OR_EQUAL IS_BEFORE IS_AFTER CONTAINS DOES_NOT_CONTAIN IS_EMPTY IS_NOT_EMPTY IS_RELATIVE IS_IN_PAST IS_IN_FUTURE IS_TODAY VECTOR_SEARCH\n'
  'What is asked of the field.';
comment on column core.view_filters.value is
  'What the field is compared with; the values of a SELECT as a list.';
comment on column core.view_filters.sub_field_name is
  'The part of a composite field that is meant, such as amountMicros.';

-- What the API shows of the keys, and as what.
comment on constraint view_filters_workspace_id_fkey on core.view_filters is E'@behavior -*';
comment on constraint view_id_fkey on core.view_filters is E'@fieldName view\n@behavior -manyRelation:resource:connection';
comment on constraint field_id_fkey on core.view_filters is E'@fieldName field\n@behavior -manyRelation:resource:connection';
comment on constraint view_filter_group_id_fkey on core.view_filters is E'@fieldName viewFilterGroup\n@behavior -manyRelation:resource:connection';

create index if not exists view_filters_workspace_id_view_id_idx
  on core.view_filters (workspace_id, view_id, view_filter_group_id);
create index if not exists view_filters_workspace_id_field_id_idx
  on core.view_filters (workspace_id, field_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_filters enable row level security;
alter table core.view_filters force row level security;

drop policy if exists in_workspace on core.view_filters;
create policy in_workspace on core.view_filters as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_filters;
create policy readers on core.view_filters for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_filters;
create policy creators on core.view_filters for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_filters;
create policy updaters on core.view_filters for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_filters;
create policy destroyers on core.view_filters for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_filters;
create policy machine on core.view_filters to relata_owner
  using (true);

grant select on core.view_filters to relata_reader;
grant
  insert (id, view_id, field_id, operand, value, view_filter_group_id, position_in_view_filter_group, sub_field_name),
  update (field_id, operand, value, view_filter_group_id, position_in_view_filter_group, sub_field_name, deleted_at),
  delete
on core.view_filters to relata_writer;

create or replace function private.tg_view_filters__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object_id uuid := private.object_of_view(new.view_id);
  _field core.fields;
  _unknown text;
begin
  if new.field_id is null then
    return new; -- PostgreSQL says it: not null
  end if;
  _field := private.field_of_object(_object_id, new.field_id, 'fieldId');
  if not private.operand_fits(new.operand, _field.type) then
    perform private.fail('VIEWS', format('A field of type %s cannot be asked %s.', _field.type, new.operand), 'operand');
  end if;
  perform private.check_sub_field(_field, new.sub_field_name);
  if _field.options is not null and new.operand in ('IS', 'IS_NOT', 'CONTAINS', 'DOES_NOT_CONTAIN') then
    select x into _unknown from unnest(private.filter_values(new.value)) x
      where x <> '' and not exists (select from jsonb_array_elements(_field.options) o where o ->> 'value' = x)
      limit 1;
    if found then
      perform private.fail('VIEWS', format('The field has no option %s.', left(_unknown, 63)), 'value');
    end if;
  end if;
  return new;
end
$$;

comment on function private.tg_view_filters__checked() is
  'A filter asks of a field of the view''s object what its type can answer, and names options that there are.';

create or replace trigger _100_timestamps
  before update on core.view_filters
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of field_id, operand, value, sub_field_name on core.view_filters
  for each row execute function private.tg_view_filters__checked();
--! EndIncluded core/view_filters.sql
--! Included core/view_sorts.sql
-- A key that the records of a view are sorted by.

create table if not exists core.view_sorts (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id      uuid not null,
  field_id     uuid not null,
  direction    text not null default 'ASC',
  position     double precision not null default 0,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  deleted_at   timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  constraint field_id_fkey foreign key (workspace_id, field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint direction_check check (direction in ('ASC', 'DESC'))
);

comment on table core.view_sorts is
  E'@singular viewSort\n@plural viewSorts\n'
  'A key that the records of a view are sorted by.';
comment on column core.view_sorts.field_id is
  E'@alias fieldMetadataId\n'
  'The field, one of the view''s object.';
comment on column core.view_sorts.direction is
  E'@enum ViewSortDirection ASC DESC\n'
  'Which way to sort.';
comment on column core.view_sorts.position is
  'Its place among the keys; the lowest sorts first.';

-- What the API shows of the keys, and as what.
comment on constraint view_sorts_workspace_id_fkey on core.view_sorts is E'@behavior -*';
comment on constraint view_id_fkey on core.view_sorts is E'@fieldName view\n@behavior -manyRelation:resource:connection';
comment on constraint field_id_fkey on core.view_sorts is E'@fieldName field\n@behavior -manyRelation:resource:connection';

create unique index if not exists view_sorts_once_idx
  on core.view_sorts (view_id, field_id) where deleted_at is null;
create index if not exists view_sorts_workspace_id_view_id_idx
  on core.view_sorts (workspace_id, view_id);
create index if not exists view_sorts_workspace_id_field_id_idx
  on core.view_sorts (workspace_id, field_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_sorts enable row level security;
alter table core.view_sorts force row level security;

drop policy if exists in_workspace on core.view_sorts;
create policy in_workspace on core.view_sorts as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_sorts;
create policy readers on core.view_sorts for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_sorts;
create policy creators on core.view_sorts for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_sorts;
create policy updaters on core.view_sorts for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_sorts;
create policy destroyers on core.view_sorts for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_sorts;
create policy machine on core.view_sorts to relata_owner
  using (true);

grant select on core.view_sorts to relata_reader;
grant
  insert (id, view_id, field_id, direction, position),
  update (field_id, direction, position, deleted_at),
  delete
on core.view_sorts to relata_writer;

create or replace function private.tg_view_sorts__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object_id uuid := private.object_of_view(new.view_id);
begin
  if new.field_id is not null then
    perform private.field_of_object(_object_id, new.field_id, 'fieldId');
  end if;
  if new.deleted_at is null and exists (
    select from core.view_sorts s
    where s.view_id = new.view_id and s.field_id = new.field_id and s.id <> new.id and s.deleted_at is null) then
    perform private.fail('23505', 'The view is sorted by this field already.', 'fieldId');
  end if;
  return new;
end
$$;

comment on function private.tg_view_sorts__checked() is
  'A view is sorted by fields of its own object, each once.';

create or replace trigger _100_timestamps
  before update on core.view_sorts
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of field_id, deleted_at on core.view_sorts
  for each row execute function private.tg_view_sorts__checked();
--! EndIncluded core/view_sorts.sql
--! Included core/view_groups.sql
-- A group of a view's records: those of one option of the field that the view is
-- grouped by, a column of a board.

create table if not exists core.view_groups (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id      uuid not null,
  field_value  text not null default '',
  is_visible   boolean not null default true,
  position     double precision not null default 0,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  deleted_at   timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade
);

comment on table core.view_groups is
  E'@singular viewGroup\n@plural viewGroups\n'
  'The records of one option of the field that a view is grouped by: a column of a board.';
comment on column core.view_groups.field_value is
  'The option''s value; empty for the records that have none.';

-- What the API shows of the keys, and as what.
comment on constraint view_groups_workspace_id_fkey on core.view_groups is E'@behavior -*';
comment on constraint view_id_fkey on core.view_groups is E'@fieldName view\n@behavior -manyRelation:resource:connection';

create unique index if not exists view_groups_once_idx
  on core.view_groups (view_id, field_value) where deleted_at is null;
create index if not exists view_groups_workspace_id_view_id_idx
  on core.view_groups (workspace_id, view_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_groups enable row level security;
alter table core.view_groups force row level security;

drop policy if exists in_workspace on core.view_groups;
create policy in_workspace on core.view_groups as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_groups;
create policy readers on core.view_groups for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_groups;
create policy creators on core.view_groups for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_groups;
create policy updaters on core.view_groups for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_groups;
create policy destroyers on core.view_groups for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_groups;
create policy machine on core.view_groups to relata_owner
  using (true);

grant select on core.view_groups to relata_reader;
grant
  insert (id, view_id, field_value, is_visible, position),
  update (field_value, is_visible, position, deleted_at),
  delete
on core.view_groups to relata_writer;

create or replace function private.tg_view_groups__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _options jsonb;
begin
  perform private.object_of_view(new.view_id);
  select f.options into _options
    from core.views v join core.fields f on f.id = v.main_group_by_field_id where v.id = new.view_id;
  if not found and new.view_id is not null then
    perform private.fail('VIEWS', 'The view is not grouped by a field.', 'viewId');
  end if;
  if new.field_value <> '' and not exists (
    select from jsonb_array_elements(_options) o where o ->> 'value' = new.field_value) then
    perform private.fail('VIEWS', 'The field that the view is grouped by has no such option.', 'fieldValue');
  end if;
  if new.deleted_at is null and exists (
    select from core.view_groups g
    where g.view_id = new.view_id and g.field_value = new.field_value and g.id <> new.id and g.deleted_at is null) then
    perform private.fail('23505', 'The view has this group already.', 'fieldValue');
  end if;
  return new;
end
$$;

comment on function private.tg_view_groups__checked() is
  'A view''s groups are options of the field that it is grouped by, each once.';

create or replace trigger _100_timestamps
  before update on core.view_groups
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of field_value, deleted_at on core.view_groups
  for each row execute function private.tg_view_groups__checked();
--! EndIncluded core/view_groups.sql
--! Included private/follow_views.sql
-- Views follow the data model: fields that are hidden, options that come, go and are
-- called otherwise.

create or replace function private.forget_field_in_views(field_id uuid) returns void
language plpgsql
as $$
begin
  delete from core.view_filters x where x.field_id = forget_field_in_views.field_id;
  delete from core.view_sorts x where x.field_id = forget_field_in_views.field_id;
  -- A board or a calendar is nothing without its field; the index view becomes a table.
  delete from core.views v
    where v.key is null
      and (v.type = 'KANBAN' and v.main_group_by_field_id = forget_field_in_views.field_id
        or v.type = 'CALENDAR' and v.calendar_field_id = forget_field_in_views.field_id);
  update core.views v
    set type = case when v.type = 'KANBAN' then 'TABLE' else v.type end, main_group_by_field_id = null
    where v.main_group_by_field_id = forget_field_in_views.field_id;
  update core.views v
    set type = case when v.type = 'CALENDAR' then 'TABLE' else v.type end, calendar_field_id = null
    where v.calendar_field_id = forget_field_in_views.field_id;
  update core.views v set kanban_aggregate_operation_field_id = null, kanban_aggregate_operation = null
    where v.kanban_aggregate_operation_field_id = forget_field_in_views.field_id;
end
$$;

comment on function private.forget_field_in_views(uuid) is
  'Takes a field that is deactivated out of filters, sorts and groups; boards and calendars made of it go. It keeps its place among the fields of views.';

create or replace function private.forget_option_in_views(field_id uuid, value text) returns void
language plpgsql
as $$
declare
  _filter record;
begin
  delete from core.view_groups g
    using core.views v
    where v.id = g.view_id and v.main_group_by_field_id = forget_option_in_views.field_id
      and g.field_value = forget_option_in_views.value;
  for _filter in
    select x.id, array_remove(private.filter_values(x.value), forget_option_in_views.value) as rest
    from core.view_filters x
    where x.field_id = forget_option_in_views.field_id
      and forget_option_in_views.value = any (private.filter_values(x.value))
  loop
    if _filter.rest = '{}' then
      delete from core.view_filters x where x.id = _filter.id;
    else
      update core.view_filters x set value = to_jsonb(_filter.rest) where x.id = _filter.id;
    end if;
  end loop;
end
$$;

comment on function private.forget_option_in_views(uuid, text) is
  'Takes an option that is removed out of filters and groups; a filter that named no other goes.';

create or replace function private.add_option_groups(_view core.views, only_values text[] default null) returns void
language sql
begin atomic
  insert into core.view_groups (workspace_id, view_id, field_value, position)
  select _view.workspace_id, _view.id, x.value,
         (select coalesce(max(g.position), -1) from core.view_groups g where g.view_id = _view.id) + row_number() over (order by x.place)
  from (
    select o ->> 'value' as value, n as place
    from core.fields f, jsonb_array_elements(f.options) with ordinality y (o, n) where f.id = _view.main_group_by_field_id
    union all
    -- The records that have none.
    select '', 1000 from core.fields f where f.id = _view.main_group_by_field_id and f.is_nullable
  ) x
  where (only_values is null or x.value = any (only_values))
    and not exists (select from core.view_groups g where g.view_id = _view.id and g.field_value = x.value);
end;

comment on function private.add_option_groups(core.views, text[]) is
  'Adds the groups that a board lacks, one for each option, or for those of only_values, and one for records without, in the order of the options.';

create or replace function private.follow_options_in_views(field_id uuid, old_options jsonb, new_options jsonb, adds_groups boolean) returns void
language plpgsql
as $$
declare
  -- {OLD: NEW} of options that are called otherwise.
  _names jsonb := (
    select coalesce(jsonb_object_agg(o ->> 'value', n ->> 'value'), '{}')
    from jsonb_array_elements(old_options) o join jsonb_array_elements(new_options) n on n -> 'id' = o -> 'id' and n -> 'value' <> o -> 'value');
  _groups core.view_groups[];
begin
  if _names <> '{}' then
    -- Taken out and put back, as two options may have changed places.
    select array_agg(g) into _groups from core.view_groups g join core.views v on v.id = g.view_id
      where v.main_group_by_field_id = follow_options_in_views.field_id and _names ? g.field_value;
    delete from core.view_groups g where g.id in (select (unnest(_groups)).id);
    insert into core.view_groups
      select (jsonb_populate_record(g, jsonb_build_object('field_value', _names -> g.field_value))).* from unnest(_groups) g;
    update core.view_filters x
      set value = (select to_jsonb(array_agg(coalesce(_names ->> v, v) order by n)) from unnest(private.filter_values(x.value)) with ordinality y (v, n))
      where x.field_id = follow_options_in_views.field_id and private.filter_values(x.value) && array(select jsonb_object_keys(_names));
  end if;
  perform private.add_option_groups(v, array(
      select n ->> 'value' from jsonb_array_elements(new_options) n
      where not exists (select from jsonb_array_elements(old_options) o where o -> 'id' = n -> 'id')))
    from core.views v
    where v.main_group_by_field_id = follow_options_in_views.field_id and v.type = 'KANBAN' and adds_groups;
end
$$;

comment on function private.follow_options_in_views(uuid, jsonb, jsonb, boolean) is
  'Lets filters and groups follow the names of options, and gives boards groups for those that are new.';
--! EndIncluded private/follow_views.sql

-- Secrets, and the functions around them.
--! Included private/user_secrets.sql
-- What proves who a user is. No request role is granted anything here.

create table if not exists private.user_secrets (
  user_id             uuid primary key references core.users on delete cascade,
  password_hash       text not null check (password_hash ~ '^\$argon2id\$'),
  password_changed_at timestamptz not null default now()
);

comment on table private.user_secrets is
  'Passwords, as Argon2id hashes in PHC string form.';
--! EndIncluded private/user_secrets.sql
--! Included private/signing_keys.sql
-- The keys that sign access tokens (ES256). The private half is sealed by the server
-- (src/auth/sealed.ts) with a key made from APP_SECRET, so a dump is no skeleton key.
--
-- A new key is published before it signs, so that every server knows it by then; the
-- one before it verifies until the last token that it has signed is over.

create table if not exists private.signing_keys (
  kid         text primary key,
  public_jwk  jsonb not null,
  private_key bytea not null,
  created_at  timestamptz not null default now(),
  starts_at   timestamptz not null default now(),
  expires_at  timestamptz
);

comment on table private.signing_keys is
  'Keys that sign access tokens (RFC 7518 §3.4); the private half is encrypted (AES-256-GCM).';
comment on column private.signing_keys.starts_at is
  'When it begins to sign.';
comment on column private.signing_keys.expires_at is
  'When nothing that it has signed is good any more; null as long as no key follows it.';

create or replace function authz.signing_keys()
returns table (kid text, public_jwk jsonb, private_key bytea, starts_at timestamptz, expires_at timestamptz)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select k.kid, k.public_jwk, k.private_key, k.starts_at, k.expires_at
  from private.signing_keys k
  where k.expires_at is null or k.expires_at > now()
  order by k.starts_at desc, k.kid;
end;

comment on function authz.signing_keys() is
  'The keys whose tokens are good, the one that signs last first. For the server alone.';
grant execute on function authz.signing_keys() to relata_server;

create or replace function authz.add_signing_key(
  kid text, public_jwk jsonb, private_key bytea, delay interval default '2 minutes', overlap interval default '1 hour', period interval default '0')
returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _is_first boolean;
  _starts_at timestamptz;
begin
  perform pg_advisory_xact_lock(hashtext('relata.signing_keys'));
  delete from private.signing_keys k where k.expires_at < now();
  if exists (select from private.signing_keys k where k.created_at > now() - period) then
    return false; -- another server was first
  end if;
  _is_first := not exists (select from private.signing_keys);
  _starts_at := case when _is_first then now() else now() + delay end;
  update private.signing_keys k set expires_at = least(k.expires_at, _starts_at + overlap);
  insert into private.signing_keys (kid, public_jwk, private_key, starts_at)
    values (add_signing_key.kid, add_signing_key.public_jwk, add_signing_key.private_key, _starts_at);
  return true;
end
$$;

comment on function authz.add_signing_key(text, jsonb, bytea, interval, interval, interval) is
  'Keeps a new key that signs after the delay, at once when it is the first; those before it go after the overlap, when what they have signed is over. False, and nothing, when there is one younger than the period. For the server alone.';
grant execute on function authz.add_signing_key(text, jsonb, bytea, interval, interval, interval) to relata_server;

create or replace function private.forget_signing_keys() returns void
language sql
begin atomic
  delete from private.signing_keys;
end;

comment on function private.forget_signing_keys() is
  'For a key that somebody else may know: nothing that it has signed is good any more, and the next key signs at once.';
--! EndIncluded private/signing_keys.sql
--! Included private/api_key_secrets.sql
-- The tokens of API keys: 256 random bits each, so that a plain hash keeps them.

create table if not exists private.api_key_secrets (
  api_key_id uuid primary key references core.api_keys on delete cascade,
  token_hash bytea not null unique check (length(token_hash) = 32)
);

comment on table private.api_key_secrets is
  'SHA-256 of each API key''s token.';

create or replace function private.keep_api_key(api_key_id uuid, token_hash bytea) returns void
language sql
begin atomic
  insert into private.api_key_secrets as s (api_key_id, token_hash)
  values (keep_api_key.api_key_id, keep_api_key.token_hash)
  on conflict on constraint api_key_secrets_pkey do update set token_hash = excluded.token_hash;
end;

comment on function private.keep_api_key(uuid, bytea) is
  'Keeps the hash of an API key''s token, in place of the one before.';

create or replace function authz.api_key_of(token_hash bytea) returns table (api_key_id uuid, workspace_id uuid)
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select a.api_key_id, a.workspace_id
    from private.api_key_secrets s join private.access a on a.caller_id = s.api_key_id
    where s.token_hash = api_key_of.token_hash;
end
$$;

comment on function authz.api_key_of(bytea) is
  'The API key that a token (its SHA-256) is of, and its workspace; no row for an unknown one. Whether it has ended is for authz.claim to say. For the server alone.';
grant execute on function authz.api_key_of(bytea) to relata_server;
--! EndIncluded private/api_key_secrets.sql
--! Included private/sessions.sql
-- A session is one sign-in: a family of refresh tokens, each used once. Whoever
-- uses one again (outside the grace of two clients racing) ends the whole family
-- (OAuth 2.0 Security BCP, RFC 9700 §4.14.2).

create table if not exists private.sessions (
  id           uuid primary key default authz.uuid_v7(),
  user_id      uuid not null references core.users on delete cascade,
  workspace_id uuid references core.workspaces on delete cascade,
  method       text not null default 'PASSWORD'
                 check (method in ('PASSWORD', 'MAGIC_LINK', 'GOOGLE', 'MICROSOFT', 'OIDC', 'SAML', 'PASSKEY', 'IMPERSONATION')),
  is_strong    boolean not null default false,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null
);

create index if not exists sessions_user_id_idx on private.sessions (user_id);
create index if not exists sessions_workspace_id_idx on private.sessions (workspace_id);

comment on table private.sessions is
  'One sign-in of a user to a workspace; ends when its refresh tokens do. Its access tokens name it, and end with it at once: authz.claim looks here.';
comment on column private.sessions.workspace_id is
  'Null while a user has not chosen or made a workspace yet; no record is within reach then.';
comment on column private.sessions.is_strong is
  'Whether a second factor was shown.';

create table if not exists private.refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references private.sessions on delete cascade,
  created_at timestamptz not null default now(),
  used_at    timestamptz
);

create index if not exists refresh_tokens_session_id_idx on private.refresh_tokens (session_id);

comment on table private.refresh_tokens is
  'SHA-256 of each refresh token; a token is used once.';

-- The session's tables have no row security: no role but the owner may touch them,
-- and these functions are the only way in.

create or replace function private.open_session(
  user_id uuid, workspace_id uuid, token_hash bytea, lifetime interval, method text default 'PASSWORD', is_strong boolean default false)
returns uuid
language sql
begin atomic
  with _session as (
    insert into private.sessions (user_id, workspace_id, method, is_strong, expires_at)
    values (open_session.user_id, open_session.workspace_id, open_session.method, open_session.is_strong, now() + open_session.lifetime)
    returning id
  )
  insert into private.refresh_tokens (token_hash, session_id)
  select open_session.token_hash, id from _session
  returning session_id;
end;

comment on function private.open_session(uuid, uuid, bytea, interval, text, boolean) is
  'Keeps a new sign-in with its first refresh token (SHA-256) and answers its id. Whoever calls this has decided that the user may come in.';

create or replace function authz.rotate_session(token_hash bytea, next_hash bytea)
returns table (session_id uuid, user_id uuid, workspace_id uuid, subdomain text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _token private.refresh_tokens;
  _session private.sessions;
begin
  -- The session before its tokens, as deleting one does: two who came the other way round would deadlock.
  select s.* into _session from private.sessions s
    where s.id = (select t.session_id from private.refresh_tokens t where t.token_hash = rotate_session.token_hash)
    for update;
  if not found or _session.expires_at < now() then
    return;
  end if;
  select * into strict _token from private.refresh_tokens t where t.token_hash = rotate_session.token_hash for update;
  if _token.used_at < now() - interval '10 seconds' then
    delete from private.sessions s where s.id = _session.id;
    return;
  end if;
  update private.refresh_tokens t set used_at = coalesce(t.used_at, now()) where t.token_hash = rotate_session.token_hash;
  insert into private.refresh_tokens (token_hash, session_id) values (next_hash, _session.id);

  if _session.workspace_id is null then
    return query select _session.id, _session.user_id, null::uuid, null::text;
    return;
  end if;
  perform set_config('relata.workspace_id', _session.workspace_id::text, true);
  return query
    select _session.id, m.user_id, w.id, w.subdomain
    from core.workspace_members m join core.workspaces w on w.id = m.workspace_id
    where m.user_id = _session.user_id and m.workspace_id = _session.workspace_id;
end
$$;

comment on function authz.rotate_session(bytea, bytea) is
  'Trades a refresh token (SHA-256) for the next and answers whose it is; no row when it is unknown, expired, or its member is gone. A token used again after 10 s ends its session. For the server alone.';
grant execute on function authz.rotate_session(bytea, bytea) to relata_server;

create or replace function private.holds_session(session_id uuid, user_id uuid, workspace_id uuid) returns boolean
language sql stable
begin atomic
  select exists (
    select from private.sessions s
    where s.id = holds_session.session_id and s.user_id = holds_session.user_id
      and s.workspace_id is not distinct from holds_session.workspace_id and s.expires_at > now());
end;

comment on function private.holds_session(uuid, uuid, uuid) is
  'Whether a user is still signed in there by this sign-in.';

create or replace function private.end_sessions(user_id uuid, but uuid default null) returns void
language sql
begin atomic
  delete from private.sessions s where s.user_id = end_sessions.user_id and s.id is distinct from end_sessions.but;
end;

comment on function private.end_sessions(uuid, uuid) is
  'Ends every sign-in of a user, but for one if it is named; his next request with any of their tokens is refused.';

create or replace function authz.end_session(session_id uuid, user_id uuid, and_all_others boolean default false) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _session private.sessions;
begin
  select * into _session from private.sessions s where s.id = end_session.session_id and s.user_id = end_session.user_id for update;
  if not found then
    return false;
  end if;
  delete from private.sessions s
    where s.user_id = end_session.user_id and (s.id = _session.id or and_all_others
      -- Who impersonates him is not he, and who comes by a workspace's own provider is so there alone.
      and _session.method <> 'IMPERSONATION' and (_session.method not in ('OIDC', 'SAML') or s.workspace_id = _session.workspace_id));
  return true;
end
$$;

comment on function authz.end_session(uuid, uuid, boolean) is
  'Ends a sign-in, and if asked all others of the same user as far as it holds; answers whether there was one. For the server alone.';
grant execute on function authz.end_session(uuid, uuid, boolean) to relata_server;

create or replace function authz.end_session_of(token_hash bytea) returns boolean
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _ended as (
    delete from private.sessions s using private.refresh_tokens t
      where t.token_hash = end_session_of.token_hash and s.id = t.session_id
      returning 1
  )
  select exists (select from _ended);
end;

comment on function authz.end_session_of(bytea) is
  'Ends the sign-in of a refresh token (SHA-256), for whoever has let his access token expire. For the server alone.';
grant execute on function authz.end_session_of(bytea) to relata_server;

create or replace function authz.expire_sessions() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _expired as (
    delete from private.sessions s where s.expires_at < now() returning 1
  )
  select count(*) from _expired;
end;

comment on function authz.expire_sessions() is
  'Forgets sign-ins that have expired and answers how many. For the worker alone.';
grant execute on function authz.expire_sessions() to relata_worker;
--! EndIncluded private/sessions.sql
--! Included private/identity_provider_secrets.sql
-- What of identity providers nobody may read, and how they are found before anybody
-- has signed in, when no workspace is claimed yet.

create table if not exists private.identity_provider_secrets (
  provider_id   uuid primary key references core.identity_providers on delete cascade,
  workspace_id  uuid not null references core.workspaces on delete cascade,
  client_secret bytea
);

create index if not exists identity_provider_secrets_workspace_id_idx on private.identity_provider_secrets (workspace_id);

comment on table private.identity_provider_secrets is
  'Of each identity provider its workspace, and the secret of an OpenID Connect client, sealed (src/auth/sealed.ts).';

create table if not exists private.verified_domains (
  domain_id    uuid primary key references core.identity_provider_domains on delete cascade,
  domain       text not null,
  provider_id  uuid not null references core.identity_providers on delete cascade,
  workspace_id uuid not null references core.workspaces on delete cascade
);

create index if not exists verified_domains_domain_idx on private.verified_domains (domain);
create index if not exists verified_domains_provider_id_domain_idx on private.verified_domains (provider_id, domain);
create index if not exists verified_domains_workspace_id_idx on private.verified_domains (workspace_id);

comment on table private.verified_domains is
  'The domains that have been proven, and the identity provider that speaks for their addresses.';

create or replace function private.domain_of(email text) returns text
language sql immutable strict
return lower(substring(email from '@([^@]+)$'));

comment on function private.domain_of(text) is
  'The domain of an address, in small letters.';

-- Sign-in asks these before anybody is known; no request role can.

create or replace function authz.identity_provider(provider_id uuid)
returns table (id uuid, workspace_id uuid, subdomain text, name text, type text, issuer text, client_id text,
               client_secret bytea, sso_url text, certificates text[], version text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _secret private.identity_provider_secrets;
begin
  select * into _secret from private.identity_provider_secrets s where s.provider_id = identity_provider.provider_id;
  perform set_config('relata.workspace_id', coalesce(_secret.workspace_id::text, ''), true);
  return query
    select p.id, p.workspace_id, w.subdomain, p.name, p.type, p.issuer, p.client_id, _secret.client_secret, p.sso_url, p.certificates,
           extract(epoch from p.updated_at)::text
    from core.identity_providers p join core.workspaces w on w.id = p.workspace_id
    where p.id = identity_provider.provider_id and p.status = 'ACTIVE' and w.closed_at is null;
end
$$;

comment on function authz.identity_provider(uuid) is
  'An active identity provider with its sealed secret, to sign somebody in by it; no row when there is none. For the server alone.';
grant execute on function authz.identity_provider(uuid) to relata_server;

create or replace function authz.identity_providers_of(workspace_id uuid) returns table (id uuid, name text, type text, status text, issuer text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.workspace_id', identity_providers_of.workspace_id::text, true);
  return query
    select p.id, p.name, p.type, p.status, p.issuer from core.identity_providers p
    where p.workspace_id = identity_providers_of.workspace_id and p.status = 'ACTIVE' order by p.id;
end
$$;

comment on function authz.identity_providers_of(uuid) is
  'The active identity providers of a workspace, for its sign-in page. For the server alone.';
grant execute on function authz.identity_providers_of(uuid) to relata_server;

create or replace function authz.identity_provider_for(email text, workspace text, type text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid;
begin
  for _id in
    select v.provider_id from private.verified_domains v where v.domain = private.domain_of(identity_provider_for.email) order by v.domain_id
  loop
    if exists (select from authz.identity_provider(_id) p
               where p.type = identity_provider_for.type and p.subdomain = coalesce(identity_provider_for.workspace, p.subdomain)) then
      return _id;
    end if;
  end loop;
  return null;
end
$$;

comment on function authz.identity_provider_for(text, text, text) is
  'The active identity provider of a type that speaks for an address''s domain, in a workspace (a subdomain) or in any; it does not look whether anybody has the address. For the server alone.';
grant execute on function authz.identity_provider_for(text, text, text) to relata_server;
--! EndIncluded private/identity_provider_secrets.sql
--! Included core/change_identity_provider.sql
-- The doors by which whoever has the permission security shapes how people sign in.

create or replace function core.create_identity_provider(id uuid, data jsonb, client_secret bytea) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  perform pg_advisory_xact_lock(hashtextextended('relata.identity_providers.' || authz.workspace_id(), 0));
  if (select count(*) from core.identity_providers p where p.workspace_id = authz.workspace_id()) >= 20 then
    perform private.fail('LIMIT', 'A workspace has 20 identity providers at most.');
  end if;
  begin
    insert into core.identity_providers (id, workspace_id, name, type, issuer, client_id, sso_url, certificates)
      values (create_identity_provider.id, authz.workspace_id(), btrim(data ->> 'name'), data ->> 'type', data ->> 'issuer',
              data ->> 'clientId', data ->> 'ssoUrl',
              coalesce((select array_agg(c) from jsonb_array_elements_text(data -> 'certificates') c), '{}'));
  exception when unique_violation then
    perform private.fail('23505', 'There is an identity provider with that name, or id.', 'input.name');
  end;
  insert into private.identity_provider_secrets (provider_id, workspace_id, client_secret)
    values (create_identity_provider.id, authz.workspace_id(), create_identity_provider.client_secret);
  return create_identity_provider.id;
end
$$;

comment on function core.create_identity_provider(uuid, jsonb, bytea) is
  'Adds an identity provider ({name, type, issuer, clientId, ssoUrl, certificates}) with its client''s sealed secret to the caller''s workspace and answers its id. Needs security. Errors: CONFLICT, LIMIT_EXCEEDED.';
grant execute on function core.create_identity_provider(uuid, jsonb, bytea) to relata_reader;

create or replace function core.edit_identity_provider(id uuid, data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  begin
    update core.identity_providers p
      set status = coalesce(data ->> 'status', p.status),
          name = coalesce(btrim(data ->> 'name'), p.name),
          certificates = coalesce((select array_agg(c) from jsonb_array_elements_text(nullif(data -> 'certificates', 'null')) c), p.certificates)
      where p.id = edit_identity_provider.id and p.workspace_id = authz.workspace_id();
    if not found then
      perform private.fail('NTFND', 'There is no such identity provider.', 'input.id');
    end if;
  exception when unique_violation then
    perform private.fail('23505', 'There is an identity provider with that name.', 'input.name');
  end;
  return edit_identity_provider.id;
end
$$;

comment on function core.edit_identity_provider(uuid, jsonb) is
  'Changes an identity provider ({status, name, certificates}). Its issuer stays, as people are known by it. Needs security. Errors: NOT_FOUND, CONFLICT.';
grant execute on function core.edit_identity_provider(uuid, jsonb) to relata_reader;

create or replace function core.delete_identity_provider(id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  delete from core.identity_providers p where p.id = delete_identity_provider.id and p.workspace_id = authz.workspace_id();
  if not found then
    perform private.fail('NTFND', 'There is no such identity provider.', 'input.identityProviderId');
  end if;
  return delete_identity_provider.id;
end
$$;

comment on function core.delete_identity_provider(uuid) is
  'Takes an identity provider away, with its secret, its domains and whom it has said people are. Needs security. Errors: NOT_FOUND.';
grant execute on function core.delete_identity_provider(uuid) to relata_reader;
--! EndIncluded core/change_identity_provider.sql
--! Included core/change_identity_provider_domain.sql
-- Domains are added here, and proven by what the server finds in their name service.

create or replace function core.add_identity_provider_domain(provider_id uuid, domain text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid;
begin
  perform authz.require_permission('security');
  if not exists (select from core.identity_providers p
                 where p.id = add_identity_provider_domain.provider_id and p.workspace_id = authz.workspace_id()) then
    perform private.fail('NTFND', 'There is no such identity provider.', 'input.identityProviderId');
  end if;
  if (select count(*) from core.identity_provider_domains d where d.workspace_id = authz.workspace_id()) >= 100 then
    perform private.fail('LIMIT', 'A workspace has 100 domains at most.');
  end if;
  begin
    insert into core.identity_provider_domains (workspace_id, provider_id, domain)
      values (authz.workspace_id(), add_identity_provider_domain.provider_id, lower(add_identity_provider_domain.domain))
      returning id into _id;
  exception
    when unique_violation then
      perform private.fail('23505', 'This identity provider has that domain.', 'input.domain');
    when check_violation then
      perform private.fail('INPUT', 'That is not a domain such as example.com.', 'input.domain');
  end;
  return _id;
end
$$;

comment on function core.add_identity_provider_domain(uuid, text) is
  'Adds a domain to an identity provider and answers its id; it counts once it is proven. Needs security. Errors: NOT_FOUND, CONFLICT, BAD_INPUT, LIMIT_EXCEEDED.';
grant execute on function core.add_identity_provider_domain(uuid, text) to relata_reader;

create or replace function core.remove_identity_provider_domain(id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  delete from core.identity_provider_domains d where d.id = remove_identity_provider_domain.id and d.workspace_id = authz.workspace_id();
  if not found then
    perform private.fail('NTFND', 'There is no such domain.', 'input.id');
  end if;
  return remove_identity_provider_domain.id;
end
$$;

comment on function core.remove_identity_provider_domain(uuid) is
  'Takes a domain away from an identity provider: nobody signs in with an address of it any more. Needs security. Errors: NOT_FOUND.';
grant execute on function core.remove_identity_provider_domain(uuid) to relata_reader;

create or replace function core.domain_to_verify(id uuid) returns text
language plpgsql stable
as $$
declare
  _domain text;
begin
  perform authz.require_permission('security');
  select d.domain into _domain from core.identity_provider_domains d where d.id = domain_to_verify.id;
  if not found then
    raise exception using errcode = 'NTFND', message = 'There is no such domain.', column = 'input.id';
  end if;
  return _domain;
end
$$;

comment on function core.domain_to_verify(uuid) is
  'The name of a domain of the caller''s workspace, for the server to look up. Needs security. Errors: NOT_FOUND.';
grant execute on function core.domain_to_verify(uuid) to relata_reader;

-- What was found is the server's to say: a request could say anything.
create or replace function authz.verify_domain(workspace_id uuid, id uuid, records text[]) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _domain core.identity_provider_domains;
begin
  perform set_config('relata.workspace_id', verify_domain.workspace_id::text, true);
  select * into _domain from core.identity_provider_domains d
    where d.id = verify_domain.id and d.workspace_id = verify_domain.workspace_id for update;
  if not found then
    perform private.fail('NTFND', 'There is no such domain.', 'input.id');
  elsif not _domain.token = any (records) then
    perform private.fail('INPUT', format('No TXT record of %s or _relata.%s holds the token yet.', _domain.domain, _domain.domain), 'input.id');
  end if;
  update core.identity_provider_domains d set verified_at = now() where d.id = _domain.id;
  insert into private.verified_domains (domain_id, domain, provider_id, workspace_id)
    values (_domain.id, _domain.domain, _domain.provider_id, _domain.workspace_id)
    on conflict do nothing;
end
$$;

comment on function authz.verify_domain(uuid, uuid, text[]) is
  'Takes a domain as proven when its token is among the TXT records that the server has found. Errors: NOT_FOUND, BAD_INPUT. For the server alone.';
grant execute on function authz.verify_domain(uuid, uuid, text[]) to relata_server;
--! EndIncluded core/change_identity_provider_domain.sql
--! Included private/user_identities.sql
-- By which accounts elsewhere a user is known: the provider's own name for him
-- stays the same when his address changes, and is never given to another.

create table if not exists private.user_identities (
  id          uuid primary key default authz.uuid_v7(),
  user_id     uuid not null references core.users on delete cascade,
  issuer      text not null check (length(issuer) between 1 and 1024),
  subject     text not null check (length(subject) between 1 and 1024),
  provider_id uuid references core.identity_providers on delete cascade,
  created_at  timestamptz not null default now(),
  unique nulls not distinct (issuer, subject, provider_id)
);

create index if not exists user_identities_user_id_idx on private.user_identities (user_id);
create index if not exists user_identities_provider_id_idx on private.user_identities (provider_id) where provider_id is not null;

comment on table private.user_identities is
  'The accounts at Google, Microsoft or a workspace''s own provider by which a user signs in.';
comment on column private.user_identities.provider_id is
  'The workspace''s own provider; what that says holds in its workspace alone.';
--! EndIncluded private/user_identities.sql
--! Included private/one_time_tokens.sql
-- A token that works once, before its time is over: whoever brings it has read the
-- mail, has proven his password, has come back from his provider. 256 random bits,
-- kept as SHA-256, made by the server (src/auth/oneTimeTokens.ts).
--
-- Kinds: EMAIL_VERIFICATION, PASSWORD_RESET, MAGIC_LINK, LOGIN, SECOND_FACTOR,
-- INVITATION, OAUTH_STATE, SAML_ID, … – a token of one kind is none of another.

create table if not exists private.one_time_tokens (
  token_hash   bytea not null check (length(token_hash) = 32),
  kind         text not null check (kind ~ '^[A-Z][A-Z_]*$'),
  user_id      uuid references core.users on delete cascade,
  workspace_id uuid references core.workspaces on delete cascade,
  data         jsonb not null default '{}',
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null,
  primary key (token_hash, kind)
);

create index if not exists one_time_tokens_user_id_kind_idx on private.one_time_tokens (user_id, kind);
create index if not exists one_time_tokens_workspace_id_idx on private.one_time_tokens (workspace_id);
create index if not exists one_time_tokens_email_idx on private.one_time_tokens ((data ->> 'email')) where kind = 'EMAIL_VERIFICATION';
create index if not exists one_time_tokens_expires_at_idx on private.one_time_tokens (expires_at);

comment on table private.one_time_tokens is
  'SHA-256 of each token that may be used once, what it is for, and whose it is.';
comment on column private.one_time_tokens.data is
  'What whoever made the token wants to know when it is used.';

create or replace function authz.keep_token(kind text, token_hash bytea, user_id uuid, workspace_id uuid, data jsonb, lifetime interval)
returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  insert into private.one_time_tokens (token_hash, kind, user_id, workspace_id, data, expires_at)
  values (keep_token.token_hash, keep_token.kind, keep_token.user_id, keep_token.workspace_id, coalesce(keep_token.data, '{}'),
          now() + keep_token.lifetime);
end;

comment on function authz.keep_token(text, bytea, uuid, uuid, jsonb, interval) is
  'Keeps a token (SHA-256) of a kind, to be used once within its lifetime. For the server alone.';
grant execute on function authz.keep_token(text, bytea, uuid, uuid, jsonb, interval) to relata_server;

create or replace function authz.use_token(kind text, token_hash bytea)
returns table (user_id uuid, workspace_id uuid, data jsonb)
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  -- Of two who come at once, one deletes it and the other finds nothing.
  with _used as (
    delete from private.one_time_tokens t
      where t.token_hash = use_token.token_hash and t.kind = use_token.kind
      returning t.user_id, t.workspace_id, t.data, t.expires_at
  )
  select u.user_id, u.workspace_id, u.data from _used u where u.expires_at > now();
end;

comment on function authz.use_token(text, bytea) is
  'Uses up a token (SHA-256) and answers whose it was and what it was for; no row when it is unknown, of another kind, used or too old. For the server alone.';
grant execute on function authz.use_token(text, bytea) to relata_server;

create or replace function authz.see_token(kind text, token_hash bytea)
returns table (user_id uuid, workspace_id uuid, data jsonb)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select t.user_id, t.workspace_id, t.data from private.one_time_tokens t
  where t.token_hash = see_token.token_hash and t.kind = see_token.kind and t.expires_at > now();
end;

comment on function authz.see_token(text, bytea) is
  'What authz.use_token would answer, for pages that ask before they act. For the server alone.';
grant execute on function authz.see_token(text, bytea) to relata_server;

create or replace function private.forget_tokens(user_id uuid, kinds text[]) returns void
language sql
begin atomic
  delete from private.one_time_tokens t where t.user_id = forget_tokens.user_id and t.kind = any (forget_tokens.kinds);
end;

comment on function private.forget_tokens(uuid, text[]) is
  'Forgets a user''s tokens of some kinds: a new one makes the old ones worthless.';

create or replace function authz.expire_tokens() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _expired as (
    delete from private.one_time_tokens t where t.expires_at < now() returning 1
  )
  select count(*) from _expired;
end;

comment on function authz.expire_tokens() is
  'Forgets tokens whose time is over and answers how many. For the worker alone.';
grant execute on function authz.expire_tokens() to relata_worker;
--! EndIncluded private/one_time_tokens.sql
--! Included private/access.sql
-- What each member and each API key may do: the sum of the roles held, worked out when
-- roles change, so that authz.claim reads one row. Nothing here is said that the tables
-- of core do not say; private.build_access makes all of it anew.

create table if not exists private.access (
  workspace_id uuid not null references core.workspaces on delete cascade,
  caller_id    uuid not null,
  member_id    uuid,
  api_key_id   uuid,
  role_ids     uuid[] not null default '{}',
  permissions  text[] not null default '{}',
  request_role text not null,
  fields_key   text,
  conditions   text[] not null default '{}',
  rules        text[] not null default '{}',
  my_values    jsonb not null default '{}',
  primary key (workspace_id, caller_id),
  check (num_nonnulls(member_id, api_key_id) = 1),
  foreign key (workspace_id, member_id) references core.workspace_members (workspace_id, id) on delete cascade,
  foreign key (workspace_id, api_key_id) references core.api_keys (workspace_id, id) on delete cascade
);

create index if not exists access_workspace_id_member_id_idx on private.access (workspace_id, member_id);
create index if not exists access_workspace_id_api_key_id_idx on private.access (workspace_id, api_key_id);

comment on table private.access is
  'The sum of the roles of each member and API key, for authz.claim. Derived: private.build_access.';
comment on column private.access.caller_id is
  'Whom a claim names: the user who is the member, or the API key.';
comment on column private.access.request_role is
  'The PostgreSQL role that his requests become.';
comment on column private.access.fields_key is
  'A hash of the fields that are held back from him; part of the shape of his GraphQL schema. Null for none.';

comment on column private.access.conditions is
  'For which permissions (companies.read) rules of rows decide which records: those that he has by no role without such a rule.';
comment on column private.access.rules is
  'The rules of rows that open records to him, each as id.action.';

comment on column private.access.my_values is
  'What these rules need to know of the member: {my_team: its value, with_my_team: the members who have the same}.';

-- Holders before roles, so that who holds none is there as well.
create or replace function private.holders(workspace_id uuid)
returns table (caller_id uuid, member_id uuid, api_key_id uuid, role_id uuid, permissions text[])
language sql stable
begin atomic
  select m.user_id, m.id, null::uuid, r.id, r.permissions
  from core.workspace_members m
  left join core.role_assignments a on a.workspace_id = m.workspace_id and a.member_id = m.id
  left join core.roles r on r.id = a.role_id
  where m.workspace_id = holders.workspace_id
  union all
  select k.id, null, k.id, r.id, r.permissions
  from core.api_keys k
  left join core.role_assignments a on a.workspace_id = k.workspace_id and a.api_key_id = k.id
  left join core.roles r on r.id = a.role_id
  where k.workspace_id = holders.workspace_id;
end;

comment on function private.holders(uuid) is
  'The members and API keys of a workspace, with each role held; who holds none comes once, without.';

create or replace function private.request_role_of(permissions text[]) returns text
language sql immutable
return case
  when permissions && '{*,data_model}' then 'relata_admin'
  when exists (select from unnest(permissions) p where p = 'views' or p ~ '\.(create|update|delete|destroy)$') then 'relata_member'
  else 'relata_guest'
end;

comment on function private.request_role_of(text[]) is
  'What requests with these permissions become, when no field is held back.';

create or replace function private.build_access(workspace_id uuid) returns void
language plpgsql
as $$
declare
  _before text;
  _limited text;
begin
  if not exists (select from core.workspaces w where w.id = build_access.workspace_id) then
    return; -- it is being deleted
  end if;
  select string_agg(concat_ws(' ', a.caller_id, a.request_role, a.fields_key), ',' order by a.caller_id) into _before
    from private.access a where a.workspace_id = build_access.workspace_id and a.fields_key is not null;
  select string_agg(a.caller_id::text, ',' order by a.caller_id) into _limited
    from private.access a where a.workspace_id = build_access.workspace_id and a.conditions <> '{}';

  insert into private.access as a (workspace_id, caller_id, member_id, api_key_id, role_ids, permissions, request_role)
    select build_access.workspace_id, h.caller_id, h.member_id, h.api_key_id,
           h.role_ids, h.permissions, private.request_role_of(h.permissions)
    from (
      select s.caller_id, s.member_id, s.api_key_id,
             array_remove(array_agg(distinct s.role_id order by s.role_id), null) as role_ids,
             array_remove(array_agg(distinct p order by p), null) as permissions
      from private.holders(build_access.workspace_id) s left join lateral unnest(s.permissions) p on true
      group by s.caller_id, s.member_id, s.api_key_id) h
  on conflict on constraint access_pkey do update
    set role_ids = excluded.role_ids, permissions = excluded.permissions, request_role = excluded.request_role, fields_key = null
    where (a.role_ids, a.permissions, a.request_role, a.fields_key) is distinct from
          (excluded.role_ids, excluded.permissions, excluded.request_role, excluded.fields_key);

  perform private.limit_fields(build_access.workspace_id);
  perform private.limit_rows(build_access.workspace_id);
  perform private.build_bi(build_access.workspace_id);

  -- Servers remember which schema a caller has: they have to look again.
  if _before is distinct from (
    select string_agg(concat_ws(' ', a.caller_id, a.request_role, a.fields_key), ',' order by a.caller_id)
    from private.access a where a.workspace_id = build_access.workspace_id and a.fields_key is not null)
  then
    update core.workspaces w set metadata_version = w.metadata_version + 1, compatible_from = w.metadata_version + 1
      where w.id = build_access.workspace_id;
  elsif _limited is distinct from (
    select string_agg(a.caller_id::text, ',' order by a.caller_id)
    from private.access a where a.workspace_id = build_access.workspace_id and a.conditions <> '{}')
  then
    -- And whose statements are planned alone; what they answer until then is right.
    update core.workspaces w set metadata_version = w.metadata_version + 1 where w.id = build_access.workspace_id;
  end if;
end
$$;

comment on function private.build_access(uuid) is
  'Works out anew what the members and API keys of a workspace may do. Called by triggers on what decides it.';

create or replace function private.lock_access(workspace_id uuid) returns void
language plpgsql
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('relata.access.' || workspace_id, 0));
end
$$;

comment on function private.lock_access(uuid) is
  'Lets one transaction at a time change who may do what in a workspace: what it looks at next is what the others have committed.';

create or replace function private.tg__access() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _claimed text := coalesce(current_setting('relata.workspace_id', true), '');
  _workspace_id uuid;
begin
  -- Whoever it was, and whatever he claimed: a DBA at psql claims nothing.
  for _workspace_id in select distinct c.workspace_id from changed c loop
    perform set_config('relata.workspace_id', _workspace_id::text, true);
    -- Or the access of who goes at the same moment would be made anew.
    perform private.lock_access(_workspace_id);
    perform private.build_access(_workspace_id);
  end loop;
  perform set_config('relata.workspace_id', _claimed, true);
  return null;
end
$$;

comment on function private.tg__access() is
  'After members, keys, roles or what they hold changed: brings private.access up to date.';

do $$
declare
  _tbl text;
  _event text;
begin
  foreach _tbl in array '{workspace_members,api_keys,roles,role_assignments,field_permissions,row_rules}'::text[] loop
    foreach _event in array '{insert,update,delete}'::text[] loop
      execute format('create or replace trigger _800_access_%s after %s on core.%I referencing %s table as changed
        for each statement execute function private.tg__access()', _event, _event, _tbl, case _event when 'delete' then 'old' else 'new' end);
    end loop;
  end loop;
end
$$;
--! EndIncluded private/access.sql
--! Included private/limit_rows.sql
-- Who sees some records only: for each member and API key, the permissions that rules of
-- rows limit, and the rules that open records. A rule counts when its own role gives the
-- permission; a role that gives it without a rule opens every record.

create or replace function private.limited_rows(workspace_id uuid)
returns table (caller_id uuid, permission text, rules text[])
language sql stable
begin atomic
  select h.caller_id, a.permission, array_agg(r.id || '.' || a.action order by r.id)
  from (select distinct o.id, o.name_plural, x as action, o.name_plural || '.' || x as permission
        from core.row_rules r join core.objects o on o.id = r.object_id, unnest(r.actions) x
        where r.workspace_id = limited_rows.workspace_id) a
  join private.holders(limited_rows.workspace_id) h on h.permissions && array['*', '*.' || a.action, a.permission]
  left join core.row_rules r on r.role_id = h.role_id and r.object_id = a.id and a.action = any (r.actions)
  group by h.caller_id, a.permission
  having bool_and(r.id is not null);
end;

comment on function private.limited_rows(uuid) is
  'The permissions that a workspace''s members and API keys have for some records only, and by which rules (id.action).';

create or replace function private.limit_rows(workspace_id uuid) returns void
language plpgsql
as $$
begin
  if not exists (select from core.row_rules r where r.workspace_id = limit_rows.workspace_id)
    and not exists (select from private.access a where a.workspace_id = limit_rows.workspace_id and a.conditions <> '{}')
  then
    return;
  end if;
  with limits as (
    select a.caller_id, array_agg(l.permission order by l.permission) filter (where l.permission is not null) as conditions,
           array_agg(distinct r order by r) filter (where r is not null) as rules
    from private.access a
    left join private.limited_rows(limit_rows.workspace_id) l on l.caller_id = a.caller_id
    left join unnest(l.rules) r on true
    where a.workspace_id = limit_rows.workspace_id
    group by a.caller_id
  )
  update private.access a
    set conditions = (select coalesce(array_agg(distinct c order by c), '{}') from unnest(l.conditions) c), rules = coalesce(l.rules, '{}'), my_values = '{}'
    from limits l
    where a.workspace_id = limit_rows.workspace_id and a.caller_id = l.caller_id;
  perform private.keep_my_values(limit_rows.workspace_id);
end
$$;

comment on function private.limit_rows(uuid) is
  'Says in private.access who sees some records only, and by which rules.';

create or replace function private.keep_my_values(workspace_id uuid) returns void
language plpgsql
as $$
declare
  _schema text := (select w.schema_name from core.workspaces w where w.id = keep_my_values.workspace_id);
  _column text;
begin
  for _column in
    select distinct c from core.row_rules r, unnest(r.member_columns) c where r.workspace_id = keep_my_values.workspace_id
  loop
    -- Records of members who have left are still their colleagues'.
    execute format($sql$
      with known as (select m.id, nullif(m.%1$I::text, '') as value from %2$I.workspace_member m),
           lists as (select k.value, array_agg(k.id order by k.id)::text as ids from known k where k.value is not null group by k.value)
      update private.access a
        set my_values = a.my_values || jsonb_build_object('my_' || $2, coalesce(k.value, ''), 'with_my_' || $2, coalesce(l.ids, ''))
        from known k left join lists l on l.value = k.value
        where a.workspace_id = $1 and a.member_id = k.id and a.rules <> '{}'
      $sql$, _column, _schema)
      using keep_my_values.workspace_id, _column;
  end loop;
end
$$;

comment on function private.keep_my_values(uuid) is
  'Works out what rules of rows need to know of each member: his own values, and who has the same.';

create or replace function private.tg__my_values() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _claimed text := coalesce(current_setting('relata.workspace_id', true), '');
  _workspace_id uuid := private.workspace_of(tg_table_schema);
begin
  perform set_config('relata.workspace_id', _workspace_id::text, true);
  if exists (select from core.row_rules r where r.workspace_id = _workspace_id and r.member_columns <> '{}') then
    perform private.keep_my_values(_workspace_id);
  end if;
  perform set_config('relata.workspace_id', _claimed, true);
  return null;
end
$$;

comment on function private.tg__my_values() is
  'After the records of members changed: what rules of rows need to know of them.';
--! EndIncluded private/limit_rows.sql
--! Included private/impersonations.sql
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
--! EndIncluded private/impersonations.sql
--! Included private/idempotency_keys.sql
-- A client that does not know whether its mutation arrived sends it again with the
-- same Idempotency-Key, and gets the first answer. The key, what was asked and the
-- answer are written in the transaction of the mutation itself: either all of it is
-- there, or nothing is. src/graphql/idempotency.ts speaks to these functions.

create table if not exists private.idempotency_keys (
  workspace_id uuid not null references core.workspaces on delete cascade,
  user_id      uuid not null,
  key          text not null check (length(key) between 1 and 255),
  fingerprint  bytea not null,
  answer       text,
  expires_at   timestamptz not null,
  rights       bytea not null default '',
  primary key (workspace_id, user_id, key),
  foreign key (workspace_id, user_id) references private.access (workspace_id, caller_id) on delete cascade
);

create index if not exists idempotency_keys_expires_at_idx on private.idempotency_keys (expires_at);

comment on table private.idempotency_keys is
  'What was answered to a mutation that came with an Idempotency-Key; a key is a user''s or an API key''s own, in a workspace.';
comment on column private.idempotency_keys.fingerprint is
  'SHA-256 of the request: the same key with another one is refused.';
comment on column private.idempotency_keys.rights is
  'SHA-256 of what the caller might do then: the answer is told again as long as that is so.';
comment on column private.idempotency_keys.answer is
  'The JSON that was answered; never empty once the transaction is committed.';

-- Whose a row is: the user's in the workspace. What is past is anybody's to forget.
alter table private.idempotency_keys enable row level security;
alter table private.idempotency_keys force row level security;

drop policy if exists own on private.idempotency_keys;
create policy own on private.idempotency_keys to relata_owner
  using (workspace_id = (select authz.workspace_id()) and user_id = (select authz.user_id()));

drop policy if exists see_expired on private.idempotency_keys;
create policy see_expired on private.idempotency_keys for select to relata_owner
  using (expires_at < now());

drop policy if exists forget_expired on private.idempotency_keys;
create policy forget_expired on private.idempotency_keys for delete to relata_owner
  using (expires_at < now());

create or replace function authz.use_key(user_id uuid, workspace_id uuid, key text, fingerprint bytea, lifetime_seconds int)
returns text
language plpgsql
-- Another request with this key, under way, is waited for: its answer is then ours.
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
as $$
declare
  _kept private.idempotency_keys;
  _rights bytea;
begin
  perform set_config('relata.workspace_id', use_key.workspace_id::text, true),
          set_config('relata.user_id', use_key.user_id::text, true);
  select sha256(convert_to(concat_ws(' ', a.permissions, a.conditions, a.rules, a.fields_key), 'UTF8')) into _rights
    from private.access a where a.workspace_id = use_key.workspace_id and a.caller_id = use_key.user_id;
  if not found then
    return null; -- authz.claim says so
  end if;
  delete from private.idempotency_keys k
    where k.workspace_id = use_key.workspace_id and k.user_id = use_key.user_id and k.key = use_key.key and k.expires_at < now();
  insert into private.idempotency_keys (workspace_id, user_id, key, fingerprint, rights, expires_at)
    values (use_key.workspace_id, use_key.user_id, use_key.key, use_key.fingerprint, _rights,
            clock_timestamp() + make_interval(secs => lifetime_seconds))
    on conflict do nothing;
  if found then
    return null;
  end if;
  -- A statement of its own, which sees what the other has committed.
  select * into strict _kept from private.idempotency_keys k
    where k.workspace_id = use_key.workspace_id and k.user_id = use_key.user_id and k.key = use_key.key;
  if _kept.fingerprint <> use_key.fingerprint then
    perform private.fail('KEYED', 'This Idempotency-Key came with another request before.', 'Idempotency-Key');
  elsif _kept.rights <> _rights then
    raise exception using errcode = '42501', column = 'Idempotency-Key',
      message = 'This was done, and what was answered is not told again: you may do something else since.';
  end if;
  return _kept.answer;
end
$$;

comment on function authz.use_key(uuid, uuid, text, bytea, int) is
  'Takes an Idempotency-Key for this transaction and answers null, or the answer that was given to the same request before. IDEMPOTENCY_KEY_REUSED when it came with another request, PERMISSION_DENIED when his rights have changed since. Behind it stands authz.claim, which asks whether he is a member. For the server alone.';
grant execute on function authz.use_key(uuid, uuid, text, bytea, int) to relata_server;

create or replace function authz.keep_answer(key text, answer text) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  update private.idempotency_keys k set answer = keep_answer.answer
    where k.workspace_id = authz.workspace_id() and k.user_id = authz.user_id() and k.key = keep_answer.key;
end;

comment on function authz.keep_answer(text, text) is
  'Keeps what is answered to the request of this transaction, which has used the key. For the server alone.';
grant execute on function authz.keep_answer(text, text) to relata_server;

create or replace function authz.expire_keys() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _expired as (
    delete from private.idempotency_keys k where k.expires_at < now() returning 1
  )
  select count(*) from _expired;
end;

comment on function authz.expire_keys() is
  'Forgets the answers whose time is over and tells how many. For the worker alone.';
grant execute on function authz.expire_keys() to relata_worker;
--! EndIncluded private/idempotency_keys.sql
--! Included private/mails.sql
-- Mails on their way out. Whoever has something to tell a person calls
-- private.send_mail in the transaction that it is about; tasks/send_email.ts sends.
-- The queue knows a mail's id alone: recipient and data are here, what is secret of
-- them sealed by the server (src/mail/sealedValue.ts), and data goes when it is sent.

create or replace function private.is_mail_address(address text) returns boolean
language sql immutable parallel safe
-- One plain address: no list, no name, no quotes, nothing that ends a header or turns a line around.
return length(address) <= 254
  and address ~ '^[^\s[:cntrl:]\u0080-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\ufeff@<>(),;:"\\[\]]{1,64}@[^\s[:cntrl:]\u0080-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\ufeff@<>(),;:"\\[\]]+$';

comment on function private.is_mail_address(text) is
  'Whether mail can be sent to it: one address, without quotes and comments.';

create table if not exists private.mails (
  id         uuid primary key default authz.uuid_v7(),
  template   text not null check (template ~ '^[a-z]+(_[a-z]+)*$'),
  recipient  text not null check (private.is_mail_address(recipient)),
  data       jsonb not null default '{}' check (jsonb_typeof(data) = 'object'),
  key        text unique check (length(key) between 1 and 255),
  status     text not null default 'QUEUED' check (status in ('QUEUED', 'SENT', 'REFUSED', 'GIVEN_UP')),
  reason     text,
  attempts   int not null default 0,
  created_at timestamptz not null default now(),
  done_at    timestamptz
);

create index if not exists mails_done_at_idx on private.mails (done_at);

comment on table private.mails is
  'Mails to send and, for thirty days, that they were sent. REFUSED: the recipient''s server does not want it; GIVEN_UP: ours could not be reached for a day.';
comment on column private.mails.data is
  'What the template says: texts and numbers, and {sealed} for what is secret. Empty once it is sent.';
comment on column private.mails.key is
  'What it is about: a key that was seen before is not sent again.';

create or replace function private.check_mail(recipient text, data jsonb) returns void
language plpgsql
as $$
declare
  _name text;
  _value jsonb;
begin
  if private.is_mail_address(recipient) is not true then
    perform private.fail('INPUT', 'Nobody can be written to at this address.', 'email');
  end if;
  for _name, _value in select * from jsonb_each(data) loop
    -- All of it stands in one line, and some in headers.
    if jsonb_typeof(_value) = 'string' and (_value #>> '{}') ~ '[[:cntrl:]\u0080-\u009f\u2028\u2029]' then
      perform private.fail('INPUT', 'A mail cannot say this: it holds a line break or another control character.', _name);
    elsif _name in ('token', 'code') and jsonb_typeof(_value) <> 'object'
      or _name = 'link' and jsonb_typeof(_value) = 'string' and (_value #>> '{}') ~ '[A-Za-z0-9_-]{40}' then
      perform private.fail('FAULT', format('The %s of a mail is a secret, and must be sealed.', _name));
    end if;
  end loop;
end
$$;

comment on function private.check_mail(text, jsonb) is
  'Refuses what no mail can be sent to or say: a line break, half an address (BAD_INPUT), a secret that is not sealed.';

create or replace function private.send_mail(template text, recipient text, data jsonb default '{}', key text default null) returns uuid
language plpgsql
as $$
declare
  _id uuid;
begin
  perform private.check_mail(recipient, data);
  insert into private.mails (template, recipient, data, key)
    values (send_mail.template, send_mail.recipient, send_mail.data, send_mail.key)
    on conflict on constraint mails_key_key do nothing
    returning id into _id;
  if found then
    execute 'select graphile_worker.queue_job($1, $2, $3)'
      using 'send_email', json_build_object('mailId', _id), format('send_email.%s', _id);
  end if;
  return _id;
end
$$;

comment on function private.send_mail(text, text, jsonb, text) is
  'Writes to one address, by a template of src/mail/templates, once this transaction is committed; for each key once. Answers the mail''s id, or null when the key was seen before.';

-- The worker's doors.

create or replace function authz.mail_to_send(mail_id uuid)
returns table (template text, recipient text, data jsonb, created_at timestamptz)
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  update private.mails m set attempts = m.attempts + 1
    where m.id = mail_to_send.mail_id and m.status = 'QUEUED'
    returning m.template, m.recipient, m.data, m.created_at;
end;

comment on function authz.mail_to_send(uuid) is
  'A mail that has still to be sent; no row when it was, or is not wanted any more. For the worker alone.';
grant execute on function authz.mail_to_send(uuid) to relata_worker;

create or replace function authz.mail_done(mail_id uuid, status text, reason text) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  update private.mails m set status = mail_done.status, reason = mail_done.reason, done_at = now(), data = '{}'
    where m.id = mail_done.mail_id and m.status = 'QUEUED';
end;

comment on function authz.mail_done(uuid, text, text) is
  'Notes what became of a mail (SENT, REFUSED, GIVEN_UP), and forgets what it said. For the worker alone.';
grant execute on function authz.mail_done(uuid, text, text) to relata_worker;

create or replace function authz.purge_mails() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _purged as (
    delete from private.mails m where m.done_at < now() - interval '30 days' returning 1
  )
  select count(*) from _purged;
end;

comment on function authz.purge_mails() is
  'Forgets mails that were done with thirty days ago and tells how many. For the worker alone.';
grant execute on function authz.purge_mails() to relata_worker;
--! EndIncluded private/mails.sql
--! Included private/mailbox.sql
-- Where mails go that are not sent (EMAIL_DRIVER=logger, never in production), for the
-- page /mailbox: the last two hundred, a week long, sealed by the server.

create table if not exists private.mailbox (
  mail_id    uuid primary key,
  recipient  text not null,
  subject    text not null,
  content    bytea not null,
  created_at timestamptz not null default now()
);

create index if not exists mailbox_created_at_idx on private.mailbox (created_at);

comment on table private.mailbox is
  'Mails that were not sent, to be read at /mailbox on a trial. Empty in production.';
comment on column private.mailbox.content is
  'The mail as text and HTML, sealed (src/auth/sealed.ts): it holds links that sign in.';

create or replace function authz.keep_mail(mail_id uuid, recipient text, subject text, content bytea) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into private.mailbox (mail_id, recipient, subject, content)
    values (keep_mail.mail_id, keep_mail.recipient, keep_mail.subject, keep_mail.content)
    on conflict do nothing;
  perform authz.purge_mailbox();
end
$$;

comment on function authz.keep_mail(uuid, text, text, bytea) is
  'Keeps a mail that is not sent. For the worker alone.';
grant execute on function authz.keep_mail(uuid, text, text, bytea) to relata_worker;

create or replace function authz.purge_mailbox() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _purged as (
    delete from private.mailbox m
    where m.created_at < now() - interval '7 days'
      or m.mail_id in (select o.mail_id from private.mailbox o order by o.created_at desc, o.mail_id desc offset 200)
    returning 1
  )
  select count(*) from _purged;
end;

comment on function authz.purge_mailbox() is
  'Forgets all but the last two hundred mails of this week and tells how many. For the worker alone.';
grant execute on function authz.purge_mailbox() to relata_worker;

create or replace function authz.mailbox() returns table (mail_id uuid, recipient text, subject text, content bytea, created_at timestamptz)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select m.mail_id, m.recipient, m.subject, m.content, m.created_at
    from private.mailbox m order by m.created_at desc, m.mail_id desc limit 200;
end;

comment on function authz.mailbox() is
  'The mails that are kept, the newest first. For the server alone.';
grant execute on function authz.mailbox() to relata_server;
--! EndIncluded private/mailbox.sql
--! Included private/rate_limits.sql
-- How often somebody may still do something: buckets of points that fill up again with
-- time. What a bucket is for, and how much it holds, is said by src/rateLimits/buckets.ts;
-- these functions only count, for all servers together. Names are kept as hashes.

create table if not exists private.rate_limits (
  key     bytea primary key,
  points  double precision not null,
  seen_at timestamptz not null,
  -- From then on it is full, and its row says nothing any more.
  full_at timestamptz not null
) with (fillfactor = 50);

comment on table private.rate_limits is
  'Points that are left of a bucket, by the SHA-256 of its name, as they were when it was last seen.';

create or replace function private.take_points(name text, wanted int, quota int, window_seconds double precision,
  out granted int, out points_left double precision, out wait_ms int)
language plpgsql
as $$
declare
  -- As the database compares addresses: letters of another size are no other account.
  _key bytea := sha256(convert_to(lower(take_points.name), 'UTF8'));
  _rate double precision := quota / window_seconds;
begin
  insert into private.rate_limits as l (key, points, seen_at, full_at)
    values (_key, quota, clock_timestamp(), clock_timestamp())
    on conflict (key) do update
      set points = least(quota, l.points + greatest(0, extract(epoch from clock_timestamp() - l.seen_at)) * _rate),
          seen_at = clock_timestamp()
    returning l.points into points_left;
  -- Less than none is given back.
  granted := case when wanted < 0 then wanted else least(wanted, floor(points_left)::int) end;
  points_left := least(quota, points_left - granted);
  update private.rate_limits l
    set points = points_left, full_at = l.seen_at + make_interval(secs => (quota - points_left) / _rate)
    where l.key = _key;
  wait_ms := case when points_left >= 1 then 0 else ceil((1 - points_left) / _rate * 1000)::int end;
end
$$;

comment on function private.take_points(text, int, int, double precision) is
  'Takes up to so many points from a bucket that holds quota and is full again after window_seconds; answers how many it gave, how many are left, and how long until there is one.';

create or replace function authz.take_points(name text, wanted int, quota int, window_seconds int,
  out granted int, out points_left double precision, out wait_ms int)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- Nobody waits for the disk: what a crash forgets is a moment's guesses.
  perform set_config('synchronous_commit', 'off', true);
  select t.granted, t.points_left, t.wait_ms into granted, points_left, wait_ms
    from private.take_points(name, wanted, quota, window_seconds) t;
end
$$;

comment on function authz.take_points(text, int, int, int) is
  'Takes points from a bucket, or with less than none gives back (private.take_points). For the server alone.';
grant execute on function authz.take_points(text, int, int, int) to relata_server;

create or replace function authz.take_requests(workspace_id uuid, wanted int, default_quota int,
  out granted int, out points_left double precision, out wait_ms int, out quota int)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.workspace_id', take_requests.workspace_id::text, true), set_config('synchronous_commit', 'off', true);
  select (w.limits ->> 'requestsPerMinute')::int into quota from core.workspaces w where w.id = take_requests.workspace_id;
  quota := coalesce(quota, default_quota);
  if quota = 0 then
    granted := wanted;
    points_left := wanted;
    wait_ms := 0;
  else
    -- A share is no more than a fiftieth, that other servers find something, too.
    select t.granted, t.points_left, t.wait_ms into granted, points_left, wait_ms
      from private.take_points('workspace:' || take_requests.workspace_id, least(wanted, greatest(1, quota / 50)), quota, 60) t;
  end if;
end
$$;

comment on function authz.take_requests(uuid, int, int) is
  'Takes a share of the requests that a workspace may send in a minute, its own limit or the configuration''s (0 is none). For the server alone.';
grant execute on function authz.take_requests(uuid, int, int) to relata_server;

-- Where somebody has signed in before, others cannot lock him out by guessing.
create table if not exists private.known_addresses (
  key        bytea primary key,
  expires_at timestamptz not null
);

create index if not exists known_addresses_expires_at_idx on private.known_addresses (expires_at);

comment on table private.known_addresses is
  'That an account was signed in to from an address (IP) in the last ninety days, by the SHA-256 of both.';

create or replace function private.known_address_key(account text, address text) returns bytea
language sql immutable
return sha256(convert_to(lower(account) || ' ' || address, 'UTF8'));

comment on function private.known_address_key(text, text) is
  'By what private.known_addresses knows an account at an address.';

create or replace function authz.knows_address(account text, address text) returns boolean
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select exists (select from private.known_addresses k
    where k.key = private.known_address_key(knows_address.account, knows_address.address) and k.expires_at > now());
end;

comment on function authz.knows_address(text, text) is
  'Whether somebody has signed in to that account from there. For the server alone.';
grant execute on function authz.knows_address(text, text) to relata_server;

create or replace function authz.note_address(account text, address text) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  insert into private.known_addresses (key, expires_at)
    values (private.known_address_key(note_address.account, note_address.address), now() + interval '90 days')
    on conflict (key) do update set expires_at = excluded.expires_at;
end;

comment on function authz.note_address(text, text) is
  'Notes that somebody has signed in to that account from there. For the server alone.';
grant execute on function authz.note_address(text, text) to relata_server;

create or replace function authz.purge_limits() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _full as (
    delete from private.rate_limits l where l.full_at < now() returning 1
  ), _forgotten as (
    delete from private.known_addresses k where k.expires_at < now() returning 1
  )
  select (select count(*) from _full) + (select count(*) from _forgotten);
end;

comment on function authz.purge_limits() is
  'Forgets buckets that are full again, and addresses that nobody comes from any more; tells how many. For the worker alone.';
grant execute on function authz.purge_limits() to relata_worker;
--! EndIncluded private/rate_limits.sql
--! Included authz/is_installed.sql
create or replace function authz.is_installed() returns boolean
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select exists (select from core.users);
end;

comment on function authz.is_installed() is
  'Whether anybody can sign in here yet; a database without users is offered the demo data.';
grant execute on function authz.is_installed() to relata_server;
--! EndIncluded authz/is_installed.sql
--! Included private/provider_rules.sql
-- What an identity provider of a workspace may say: who somebody is in its own
-- workspace, and of addresses in domains that it has proven.

create or replace function private.require_provider(identity jsonb, workspace_id uuid default null) returns void
language plpgsql
as $$
declare
  _provider_id uuid := (identity ->> 'providerId')::uuid;
  _was text := current_setting('relata.workspace_id', true);
  _type text;
  _workspace_id uuid;
begin
  if _provider_id is null and identity ->> 'method' not in ('OIDC', 'SAML') then
    return;
  end if;
  select s.workspace_id into _workspace_id from private.identity_provider_secrets s where s.provider_id = _provider_id;
  select p.type into _type from authz.identity_provider(_provider_id) p;
  perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  if _type is null or _type <> identity ->> 'method' or _workspace_id <> coalesce(require_provider.workspace_id, _workspace_id)
    or not exists (select from private.verified_domains v
                   where v.provider_id = _provider_id and v.domain = private.domain_of(identity ->> 'email')) then
    perform private.fail('SSONO', 'Your identity provider''s answer was not accepted.');
  end if;
end
$$;

comment on function private.require_provider(jsonb, uuid) is
  'Nothing when an identity is nobody''s provider''s, or that of an active one which speaks for its address''s domain, of this workspace if one is named; SIGN_IN_REFUSED otherwise.';

create or replace function private.user_of_address(identity jsonb) returns uuid
language plpgsql
as $$
declare
  _user_id uuid;
  _is_from_elsewhere boolean := identity ->> 'subject' is not null;
begin
  -- An address that nobody has proven stands for nobody.
  if not coalesce((identity ->> 'isEmailVerified')::boolean, false) then
    if _is_from_elsewhere then
      perform private.fail('SSONO', 'Your identity provider does not vouch for your address.');
    end if;
    return null;
  end if;
  -- Who merely has seen an address once (Google, years ago) opens no account by it, and makes none that waits for its
  -- owner; whether there is one, this does not tell.
  if _is_from_elsewhere and not coalesce((identity ->> 'ownsAddress')::boolean, false) then
    perform private.fail('UNLNK', 'Sign in by e-mail or password first, then connect this account: it does not own your address.');
  end if;
  select u.id into _user_id from core.users u where lower(u.email) = lower(identity ->> 'email');
  return _user_id;
end
$$;

comment on function private.user_of_address(jsonb) is
  'The user whose address an identity has proven; null when nobody has it. IDENTITY_NOT_LINKED when its provider does not own the address''s domain, and SIGN_IN_REFUSED when it does not vouch for it.';

create or replace function authz.connect_identity(user_id uuid, session_id uuid, login_hash bytea) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _identity jsonb := (select t.data -> 'identity' from authz.use_token('LOGIN', login_hash) t);
begin
  -- Whom a workspace's own provider let in, or an administrator, is himself in that workspace alone.
  if authz.identity_of(connect_identity.session_id, connect_identity.user_id) is null then
    perform private.fail('LOGIN', 'Sign in yourself first, not by a workspace''s own provider.');
  end if;
  if _identity ->> 'subject' is null then
    perform private.fail('SSONO', 'Your identity provider''s answer was not accepted.');
  end if;
  perform private.require_provider(_identity);
  perform private.keep_identity(connect_identity.user_id, _identity);
  if private.user_of_identity(_identity) is distinct from connect_identity.user_id then
    perform private.fail('23505', 'Somebody else signs in with that account.');
  end if;
end
$$;

comment on function authz.connect_identity(uuid, uuid, bytea) is
  'Lets a user sign in by the account elsewhere that a login token stands for, from now on. Errors: LOGIN_REQUIRED, SIGN_IN_REFUSED, CONFLICT. For the server alone.';
grant execute on function authz.connect_identity(uuid, uuid, bytea) to relata_server;

create or replace function authz.identities_of(user_id uuid) returns table (id uuid, issuer text, provider_id uuid, created_at timestamptz)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select i.id, i.issuer, i.provider_id, i.created_at from private.user_identities i
  where i.user_id = identities_of.user_id order by i.id;
end;

comment on function authz.identities_of(uuid) is
  'The accounts elsewhere by which a user may sign in. For the server alone.';
grant execute on function authz.identities_of(uuid) to relata_server;

create or replace function authz.disconnect_identity(user_id uuid, session_id uuid, id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if authz.identity_of(disconnect_identity.session_id, disconnect_identity.user_id) is null then
    perform private.fail('LOGIN', 'Sign in yourself first, not by a workspace''s own provider.');
  end if;
  delete from private.user_identities i where i.id = disconnect_identity.id and i.user_id = disconnect_identity.user_id;
  if not found then
    perform private.fail('NTFND', 'There is no such account.', 'id');
  end if;
end
$$;

comment on function authz.disconnect_identity(uuid, uuid, uuid) is
  'Lets a user sign in by an account elsewhere no more; his address may still open the way again where its provider owns it. Errors: LOGIN_REQUIRED, NOT_FOUND. For the server alone.';
grant execute on function authz.disconnect_identity(uuid, uuid, uuid) to relata_server;
--! EndIncluded private/provider_rules.sql
--! Included private/sign_in_rules.sql
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
--! EndIncluded private/sign_in_rules.sql
--! Included authz/sign_in.sql
-- Sign-in. Who somebody is has been proven outside of the database (a password by
-- Argon2id, a provider's token by its signature): src/auth/ says so with an identity.
-- Whether he may come in, in this way, here, and with what beside, is decided here.
-- All of this is for the login role alone; no request role can call it.

create or replace function authz.password_of(email text) returns table (user_id uuid, password_hash text)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select s.user_id, s.password_hash
  from core.users u join private.user_secrets s on s.user_id = u.id
  where lower(u.email) = lower(password_of.email);
end;

comment on function authz.password_of(text) is
  'The user of an address and his Argon2id hash; no row when there is none. For the server alone.';
grant execute on function authz.password_of(text) to relata_server;

create or replace function authz.workspaces_of(user_id uuid) returns table (id uuid, subdomain text, name text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.user_id', workspaces_of.user_id::text, true), set_config('relata.workspace_id', '', true);
  for id in
    select m.workspace_id from core.workspace_members m where m.user_id = workspaces_of.user_id order by m.created_at, m.id
  loop
    perform set_config('relata.workspace_id', id::text, true);
    select w.subdomain, w.name into subdomain, name
      from core.workspaces w where w.id = workspaces_of.id and w.closed_at is null;
    if found then
      return next;
    end if;
  end loop;
end
$$;

comment on function authz.workspaces_of(uuid) is
  'The workspaces a user is a member of, the oldest membership first. For the server alone.';
grant execute on function authz.workspaces_of(uuid) to relata_server;

create or replace function authz.begin_sign_in(identity jsonb, door jsonb, refresh_hash bytea, challenge_hash bytea, lifetime interval)
returns table (session_id uuid, user_id uuid, workspace_id uuid, subdomain text, kinds text[], must_enrol boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  user_id := private.user_of_identity(identity);
  begin_sign_in.workspace_id := private.workspace_of_door(user_id, identity, door);
  user_id := private.come_in(user_id, identity, door, begin_sign_in.workspace_id);
  if user_id is null then
    perform private.fail('CREDS', 'Wrong email or password.'); -- and nothing of this has happened
  end if;
  select w.subdomain into strict begin_sign_in.subdomain from core.workspaces w where w.id = begin_sign_in.workspace_id;
  perform private.require_way_in(identity, begin_sign_in.workspace_id);
  perform private.keep_identity(user_id, identity);

  select f.kinds, f.must_enrol into begin_sign_in.kinds, begin_sign_in.must_enrol
    from private.factors_wanted(identity, user_id, begin_sign_in.workspace_id) f;
  if cardinality(begin_sign_in.kinds) > 0 or begin_sign_in.must_enrol then
    perform authz.keep_token('SECOND_FACTOR', challenge_hash, user_id, begin_sign_in.workspace_id,
      jsonb_build_object('method', identity ->> 'method', 'kinds', begin_sign_in.kinds, 'mustEnrol', begin_sign_in.must_enrol),
      interval '10 minutes');
  else
    session_id := private.open_session(user_id, begin_sign_in.workspace_id, refresh_hash, lifetime, identity ->> 'method',
      coalesce((identity ->> 'isStrong')::boolean, false));
  end if;
  return next;
end
$$;

comment on function authz.begin_sign_in(jsonb, jsonb, bytea, bytea, interval) is
  'Lets the one an identity stands for (src/auth/identity.ts) into the workspace that the door names, or his oldest: opens a session, or keeps a challenge where a second factor is due. BAD_CREDENTIALS, whatever is wrong. For the server alone.';
grant execute on function authz.begin_sign_in(jsonb, jsonb, bytea, bytea, interval) to relata_server;

create or replace function authz.begin_user_session(identity jsonb, refresh_hash bytea, lifetime interval)
returns table (session_id uuid, user_id uuid)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- What a workspace's own provider says holds in that workspace alone.
  if identity ->> 'providerId' is not null or not coalesce((identity ->> 'isEmailVerified')::boolean, false) then
    perform private.fail('CREDS', 'Wrong email or password.');
  end if;
  user_id := private.user_of_identity(identity);
  if user_id is null then
    insert into core.users (email, first_name, last_name)
      values (lower(identity ->> 'email'), coalesce(identity ->> 'firstName', ''), coalesce(identity ->> 'lastName', ''))
      returning id into user_id;
  end if;
  perform private.keep_identity(user_id, identity);
  session_id := private.open_session(user_id, null, refresh_hash, lifetime, identity ->> 'method', coalesce((identity ->> 'isStrong')::boolean, false));
  return next;
end
$$;

comment on function authz.begin_user_session(jsonb, bytea, interval) is
  'Signs in whom an identity stands for without a workspace, to choose one or to make one; somebody new becomes a user. For the server alone.';
grant execute on function authz.begin_user_session(jsonb, bytea, interval) to relata_server;

create or replace function authz.identity_of(session_id uuid, user_id uuid) returns jsonb
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select jsonb_build_object('method', s.method, 'email', u.email, 'isEmailVerified', true, 'isStrong', s.is_strong)
  from private.sessions s join core.users u on u.id = s.user_id
  where s.id = identity_of.session_id and s.user_id = identity_of.user_id and s.expires_at > now()
    and s.method not in ('OIDC', 'SAML', 'IMPERSONATION');
end;

comment on function authz.identity_of(uuid, uuid) is
  'The identity that a sign-in was begun with, to go on to another workspace with; null when it is over, or holds in its own workspace alone. For the server alone.';
grant execute on function authz.identity_of(uuid, uuid) to relata_server;

create or replace function private.pass_challenge(challenge_hash bytea) returns void
language sql
begin atomic
  update private.one_time_tokens t set data = t.data || '{"isPassed": true}'
    where t.token_hash = pass_challenge.challenge_hash and t.kind = 'SECOND_FACTOR' and t.expires_at > now();
end;

comment on function private.pass_challenge(bytea) is
  'Notes that the second factor of a challenge was shown; called by the functions that look at codes and passkeys.';

create or replace function authz.finish_sign_in(challenge_hash bytea, refresh_hash bytea, lifetime interval)
returns table (session_id uuid, user_id uuid, workspace_id uuid, subdomain text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _challenge record;
begin
  -- One that was not passed stays, for the next try.
  if not exists (select from authz.see_token('SECOND_FACTOR', challenge_hash) t where (t.data ->> 'isPassed')::boolean) then
    return;
  end if;
  select * into _challenge from authz.use_token('SECOND_FACTOR', challenge_hash);
  if not found then
    return;
  end if;
  select w.id, w.subdomain into finish_sign_in.workspace_id, finish_sign_in.subdomain
    from authz.workspaces_of(_challenge.user_id) w where w.id = _challenge.workspace_id;
  if not found then
    return;
  end if;
  user_id := _challenge.user_id;
  session_id := private.open_session(user_id, finish_sign_in.workspace_id, refresh_hash, lifetime, _challenge.data ->> 'method', true);
  return next;
end
$$;

comment on function authz.finish_sign_in(bytea, bytea, interval) is
  'Opens the session that a challenge was for, once its second factor was shown; no row when it was not, or the challenge is over. For the server alone.';
grant execute on function authz.finish_sign_in(bytea, bytea, interval) to relata_server;
--! EndIncluded authz/sign_in.sql
--! Included authz/accounts.sql
-- What somebody does with his account before he is in: signs up, proves his address,
-- sets a new password, asks for a link. Each function that mails does the same work
-- for an address that is known and for one that is not, and answers nothing.

create or replace function private.pretend_mail(token_hash bytea) returns void
language plpgsql
as $$
declare
  _id uuid;
begin
  insert into private.one_time_tokens (token_hash, kind, expires_at) values (pretend_mail.token_hash, 'DECOY', now());
  insert into private.mails (template, recipient, status, done_at) values ('nobody', 'nobody@invalid.invalid', 'GIVEN_UP', now())
    returning id into _id;
  execute 'select graphile_worker.queue_job($1, $2, $3)'
    using 'send_email', json_build_object('mailId', _id), format('send_email.%s', _id);
end
$$;

comment on function private.pretend_mail(bytea) is
  'What keeping a token and mailing it costs, for an address that nobody has: whoever measures learns nothing.';

create or replace function authz.sign_up(email text, password_hash text, person jsonb, door jsonb, token_hash bytea, link jsonb, sign_in_link text)
returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _is_known boolean := exists (select from core.users u where lower(u.email) = lower(sign_up.email));
begin
  -- There is no user before the address is proven: nobody can lie in wait for its owner.
  perform authz.keep_token(case when _is_known then 'DECOY' else 'EMAIL_VERIFICATION' end, token_hash, null, null,
    jsonb_build_object('email', lower(sign_up.email), 'passwordHash', sign_up.password_hash, 'person', person, 'door', door),
    interval '1 hour');
  perform private.send_mail(
    case when _is_known then 'account_exists' else 'verify_address' end, sign_up.email,
    case when _is_known then jsonb_build_object('link', sign_in_link) else jsonb_build_object('link', link, 'expiresInMinutes', 60) end);
end
$$;

comment on function authz.sign_up(text, text, jsonb, jsonb, bytea, jsonb, text) is
  'Mails the one who wants an account a link that proves his address, and keeps what he gave until then; whoever has an account is told so, by mail. For the server alone.';
grant execute on function authz.sign_up(text, text, jsonb, jsonb, bytea, jsonb, text) to relata_server;

create or replace function authz.resend_verification(email text, token_hash bytea, link jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update private.one_time_tokens t
    set token_hash = resend_verification.token_hash, created_at = now(), expires_at = now() + interval '1 hour'
    where t.kind = 'EMAIL_VERIFICATION' and t.token_hash = (
      select p.token_hash from private.one_time_tokens p
      where p.kind = 'EMAIL_VERIFICATION' and p.data ->> 'email' = lower(resend_verification.email) and p.expires_at > now()
      order by p.created_at desc, p.token_hash limit 1);
  if found then
    perform private.send_mail('verify_address', resend_verification.email, jsonb_build_object('link', link, 'expiresInMinutes', 60));
  else
    perform private.pretend_mail(token_hash);
  end if;
end
$$;

comment on function authz.resend_verification(text, bytea, jsonb) is
  'Mails the newest sign-up of an address another link; the one before is worth nothing. For the server alone.';
grant execute on function authz.resend_verification(text, bytea, jsonb) to relata_server;

create or replace function authz.verify_email(token_hash bytea) returns table (email text, door jsonb)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _data jsonb := (select t.data from authz.use_token('EMAIL_VERIFICATION', token_hash) t);
begin
  if _data is null or exists (select from core.users u where lower(u.email) = _data ->> 'email') then
    return;
  end if;
  perform private.create_user(_data ->> 'email', _data ->> 'passwordHash',
    coalesce(_data -> 'person' ->> 'firstName', ''), coalesce(_data -> 'person' ->> 'lastName', ''));
  email := _data ->> 'email';
  door := _data -> 'door';
  return next;
end
$$;

comment on function authz.verify_email(bytea) is
  'Makes the user whose address a token (SHA-256) has proven, and answers where he wanted in; no row when it is over, or somebody has that address by now. For the server alone.';
grant execute on function authz.verify_email(bytea) to relata_server;

create or replace function authz.ask_password_reset(email text, token_hash bytea, link jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user core.users;
begin
  select * into _user from core.users u where lower(u.email) = lower(ask_password_reset.email);
  perform private.forget_tokens(_user.id, '{PASSWORD_RESET}');
  if _user.id is null then
    perform private.pretend_mail(token_hash);
    return;
  end if;
  perform authz.keep_token('PASSWORD_RESET', token_hash, _user.id, null, null, interval '30 minutes');
  perform private.send_mail('password_reset', _user.email, jsonb_build_object('link', link, 'expiresInMinutes', 30));
end
$$;

comment on function authz.ask_password_reset(text, bytea, jsonb) is
  'Mails the user of an address a link to set a new password; the links before it are worth nothing. For the server alone.';
grant execute on function authz.ask_password_reset(text, bytea, jsonb) to relata_server;

create or replace function private.set_password(user_id uuid, password_hash text, but_session uuid default null) returns void
language plpgsql
as $$
begin
  insert into private.user_secrets (user_id, password_hash) values (set_password.user_id, set_password.password_hash)
    on conflict on constraint user_secrets_pkey do update
      set password_hash = excluded.password_hash, password_changed_at = now();
  perform private.end_sessions(set_password.user_id, but_session),
          private.forget_tokens(set_password.user_id, '{PASSWORD_RESET,MAGIC_LINK,SECOND_FACTOR}');
  perform private.send_mail('password_changed', u.email,
      jsonb_build_object('time', to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')))
    from core.users u where u.id = set_password.user_id;
end
$$;

comment on function private.set_password(uuid, text, uuid) is
  'Gives a user another password, ends his sign-ins but for one if it is named, and mails him that it was changed.';

create or replace function authz.reset_password(token_hash bytea, password_hash text) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select t.user_id from authz.use_token('PASSWORD_RESET', token_hash) t);
begin
  if _user_id is null then
    return false;
  end if;
  perform private.set_password(_user_id, password_hash);
  return true;
end
$$;

comment on function authz.reset_password(bytea, text) is
  'Sets the password (Argon2id hash) of the user whom a reset token (SHA-256) was mailed to, and signs him out everywhere; false when the token is over. For the server alone.';
grant execute on function authz.reset_password(bytea, text) to relata_server;

create or replace function authz.address_of_reset(token_hash bytea) returns text
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select u.email from authz.see_token('PASSWORD_RESET', token_hash) t join core.users u on u.id = t.user_id;
end;

comment on function authz.address_of_reset(bytea) is
  'The address that a reset token (SHA-256) was mailed to; null when it is over. For the server alone.';
grant execute on function authz.address_of_reset(bytea) to relata_server;

create or replace function authz.password_of_session(session_id uuid, user_id uuid) returns table (email text, password_hash text)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select u.email, p.password_hash
  from private.sessions s
  join core.users u on u.id = s.user_id
  left join private.user_secrets p on p.user_id = u.id
  where s.id = password_of_session.session_id and s.user_id = password_of_session.user_id and s.expires_at > now()
    and s.method <> 'IMPERSONATION';
end;

comment on function authz.password_of_session(uuid, uuid) is
  'The address and Argon2id hash of who is signed in; no row when his sign-in is over, or another''s. For the server alone.';
grant execute on function authz.password_of_session(uuid, uuid) to relata_server;

create or replace function authz.change_password(session_id uuid, user_id uuid, password_hash text) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from authz.password_of_session(session_id, user_id)) then
    perform private.fail('LOGIN', 'Sign in first.');
  end if;
  perform private.set_password(user_id, password_hash, session_id);
end
$$;

comment on function authz.change_password(uuid, uuid, text) is
  'Sets the password (Argon2id hash) of who is signed in, and ends his other sign-ins. For the server alone.';
grant execute on function authz.change_password(uuid, uuid, text) to relata_server;

create or replace function authz.ask_magic_link(email text, door jsonb, token_hash bytea, link jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user core.users;
  _workspace uuid := authz.workspace_at(door ->> 'workspace');
begin
  select * into _user from core.users u where lower(u.email) = lower(ask_magic_link.email);
  perform private.forget_tokens(_user.id, '{MAGIC_LINK}');
  if _user.id is null and not private.is_expected(ask_magic_link.email, _workspace) then
    perform private.pretend_mail(token_hash);
    return;
  end if;
  perform authz.keep_token('MAGIC_LINK', token_hash, _user.id, null,
    jsonb_build_object('email', lower(ask_magic_link.email), 'door', door), interval '15 minutes');
  perform private.send_mail('magic_link', ask_magic_link.email, jsonb_build_object('link', link, 'expiresInMinutes', 15));
end
$$;

comment on function authz.ask_magic_link(text, jsonb, bytea, jsonb) is
  'Mails whoever has an account, or may join the workspace that the door names, a link that signs him in; the links before it are worth nothing. For the server alone.';
grant execute on function authz.ask_magic_link(text, jsonb, bytea, jsonb) to relata_server;

create or replace function private.is_expected(email text, workspace_id uuid) returns boolean
language plpgsql
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
  _is_expected boolean;
begin
  perform set_config('relata.workspace_id', is_expected.workspace_id::text, true);
  _is_expected := exists (
      select from core.invitations i
      where i.workspace_id = is_expected.workspace_id and i.email = lower(is_expected.email) and i.expires_at > now())
    or exists (
      select from core.approved_domains d
      where d.workspace_id = is_expected.workspace_id and d.is_validated and d.domain = lower(split_part(is_expected.email, '@', 2)));
  perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  return _is_expected;
end
$$;

comment on function private.is_expected(text, uuid) is
  'Whether an address that nobody has yet would be let into the workspace, were it proven.';
--! EndIncluded authz/accounts.sql
--! Included authz/sign_in_methods.sql
create or replace function authz.sign_in_methods(workspace text) returns table (subdomain text, name text, methods text[])
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _workspace core.workspaces;
begin
  perform set_config('relata.workspace_id', authz.workspace_at(workspace)::text, true);
  select * into _workspace from core.workspaces w where w.id = authz.workspace_id() and w.closed_at is null;
  if not found then
    return;
  end if;
  subdomain := _workspace.subdomain;
  name := _workspace.name;
  methods := array_remove(array[
    case when _workspace.is_password_auth_enabled then 'PASSWORD' end,
    case when _workspace.is_magic_link_enabled then 'MAGIC_LINK' end,
    case when _workspace.is_google_auth_enabled then 'GOOGLE' end,
    case when _workspace.is_microsoft_auth_enabled then 'MICROSOFT' end,
    'OIDC', 'SAML', 'PASSKEY'], null);
  return next;
end
$$;

comment on function authz.sign_in_methods(text) is
  'The ways that the workspace at a subdomain or domain lets people in, as far as that is its to say; no row when there is none. For the server alone.';
grant execute on function authz.sign_in_methods(text) to relata_server;
--! EndIncluded authz/sign_in_methods.sql
--! Included authz/caller_in.sql
-- Who speaks when nobody signed in: jobs, plugins and scripts open a workspace as the
-- machine, or as one of its members (src/repositories/workspaces.ts).

create or replace function authz.machine_id() returns uuid
language sql immutable parallel safe
return '00000000-0000-0000-0000-000000000000'::uuid;

comment on function authz.machine_id() is
  'Who a transaction speaks for when it does Relata''s own work: no user''s id, and in no access token. To authz.claim he may read every record of any workspace, write all but members'', and change no data model.';
grant execute on function authz.machine_id() to relata_server;

create or replace function authz.caller_in(workspace text, email text default null) returns table (user_id uuid, workspace_id uuid)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
begin
  if email is not null then
    user_id := (select u.id from core.users u where lower(u.email) = lower(caller_in.email));
    workspace_id := (select w.id from authz.workspaces_of(user_id) w where w.subdomain = workspace or w.id::text = lower(workspace));
  elsif workspace ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    user_id := authz.machine_id();
    -- Row security shows it to who speaks for it.
    perform set_config('relata.workspace_id', workspace, true);
    workspace_id := (select w.id from core.workspaces w where w.id = workspace::uuid);
    perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  else
    user_id := authz.machine_id();
    workspace_id := (select w.id from private.workspaces() w where w.subdomain = workspace);
  end if;
  if workspace_id is null then
    perform private.fail('NTFND', case when email is null then 'There is no such workspace.' else 'There is no such member of such a workspace.' end);
  end if;
  return next;
end
$$;

comment on function authz.caller_in(text, text) is
  'Whom to claim for in a workspace, by its subdomain or id: the member with this address, or the machine. NOT_FOUND when there is none. For the server alone.';
grant execute on function authz.caller_in(text, text) to relata_server;
--! EndIncluded authz/caller_in.sql
--! Included authz/claim.sql
-- The door between a request and the tables. The server says who it believes the
-- caller is; this looks up what he may do, makes the claims that every policy asks
-- for, and says which role the request becomes. Nothing reaches a table but behind it.
--
-- It runs in the round trip of the query it guards: src/pgAdaptor.ts sends both in
-- one implicit transaction, so when this fails, the query does not run.

create or replace function authz.claim(user_id uuid, workspace_id uuid, planned_version bigint, session_id uuid default null)
returns table (request_role text, schema_name text, metadata_version bigint)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _caller record;
begin
  perform set_config('relata.workspace_id', claim.workspace_id::text, true),
          set_config('relata.user_id', claim.user_id::text, true);

  select a.member_id, a.api_key_id, a.role_ids, a.permissions, a.conditions, a.rules, a.my_values, a.request_role,
         w.schema_name, w.metadata_version, w.compatible_from, w.limits, w.suspended_at, w.closed_at,
         coalesce(nullif(btrim(u.first_name || ' ' || u.last_name), ''), k.name) as name, s.method
    into _caller
    from private.access a
    join core.workspaces w on w.id = a.workspace_id
    left join core.users u on u.id = a.caller_id and a.member_id is not null
    left join core.api_keys k on k.id = a.api_key_id and k.revoked_at is null and k.expires_at > now()
    left join private.sessions s
      on s.id = claim.session_id and s.user_id = claim.user_id and s.workspace_id = claim.workspace_id and s.expires_at > now()
    where a.workspace_id = claim.workspace_id and a.caller_id = claim.user_id and (a.member_id is not null or k.id is not null)
      -- What is no sign-in (a key, a job, a script) names none.
      and (claim.session_id is null or s.id is not null);
  if not found and claim.user_id = authz.machine_id() and claim.session_id is null then
    -- Relata's own work: every record (members' to read alone), and no data model.
    select null::uuid as member_id, null::uuid as api_key_id, '{}'::uuid[] as role_ids,
           '{*.read,*.create,*.update,*.delete,*.destroy}'::text[] as permissions,
           '{}'::text[] as conditions, '{}'::text[] as rules, '{}'::jsonb as my_values, 'relata_member' as request_role,
           w.schema_name, w.metadata_version, w.compatible_from, w.limits, null::timestamptz as suspended_at, w.closed_at,
           'Relata' as name, null::text as method
      into _caller
      from core.workspaces w where w.id = claim.workspace_id;
  end if;
  if not found or _caller.closed_at is not null then
    perform private.fail('LOGIN', 'Sign in first.');
  elsif _caller.suspended_at is not null then
    perform private.fail('SUSPD', 'This workspace is suspended.');
  end if;
  if planned_version < _caller.compatible_from then
    perform private.fail('STALE', 'The data model has changed.');
  end if;

  perform set_config('relata.impersonator_id', '', true),
          set_config('relata.session_id', coalesce(claim.session_id::text, ''), true),
          set_config('relata.sign_in_method', coalesce(_caller.method, ''), true),
          set_config('relata.member_id', coalesce(_caller.member_id::text, ''), true),
          set_config('relata.role_ids', _caller.role_ids::text, true),
          set_config('relata.permissions', array_to_string(_caller.permissions, ','), true),
          set_config('relata.actor_name', coalesce(_caller.name, ''), true),
          set_config('relata.actor_source', case when _caller.member_id is null and _caller.api_key_id is null then 'SYSTEM' else 'API' end, true);

  -- Commas around each, so that one is found by its name; one alone says that there is none.
  perform set_config('relata.conditions', ',' || array_to_string(_caller.conditions || ''::text, ','), true),
          set_config('relata.rules', ',' || array_to_string(_caller.rules || ''::text, ','), true);
  if _caller.my_values <> '{}' then
    perform set_config('relata.' || v.key, v.value, true) from jsonb_each_text(_caller.my_values) v;
  end if;
  if _caller.method = 'IMPERSONATION' then
    perform private.claim_impersonation(claim.session_id);
  end if;

  if _caller.limits ? 'statementTimeoutMs' then
    perform set_config('statement_timeout', _caller.limits ->> 'statementTimeoutMs', true);
  end if;

  request_role := _caller.request_role;
  schema_name := _caller.schema_name;
  metadata_version := _caller.metadata_version;
  return next;
end
$$;

comment on function authz.claim(uuid, uuid, bigint, uuid) is
  'Makes this transaction speak for a user, or an API key, in a workspace; answers the role to become, the workspace''s schema and its metadata version. LOGIN_REQUIRED when he is no member, or the key or the sign-in that he names has ended; STALE when the version the caller planned with may not answer any more. For the server alone.';
grant execute on function authz.claim(uuid, uuid, bigint, uuid) to relata_server;

create or replace function authz.shape_of(user_id uuid, workspace_id uuid)
returns table (schema_name text, shape text, metadata_version bigint, limits jsonb, request_role text, plans_alone boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.claim(shape_of.user_id, shape_of.workspace_id, null);
  return query
    select w.schema_name, w.shape || coalesce('.' || a.fields_key, ''), w.metadata_version, w.limits, case when a.fields_key is not null then a.request_role end,
           coalesce(a.conditions <> '{}', false)
    from core.workspaces w
    left join private.access a on a.workspace_id = w.id and a.caller_id = shape_of.user_id
    where w.id = shape_of.workspace_id;
end
$$;

comment on function authz.shape_of(uuid, uuid) is
  'The shape of a workspace as a caller sees it, the schema to read it from, its own limits, the role to read as when fields are held back from him, and whether rules of rows decide what he sees, so that plans made for others do not suit him. LOGIN_REQUIRED when he has no access. For the server alone.';
grant execute on function authz.shape_of(uuid, uuid) to relata_server;
--! EndIncluded authz/claim.sql
--! Included private/totp_secrets.sql
-- Seeds of authenticator apps (TOTP, RFC 6238), one a user. The seed is sealed by the
-- server (src/auth/sealed.ts): this database cannot make a code. A seed counts once
-- its owner has shown a code of it.

create table if not exists private.totp_secrets (
  id          uuid primary key default authz.uuid_v7(),
  user_id     uuid not null unique references core.users on delete cascade,
  sealed_seed bytea not null,
  last_step   bigint not null default 0,
  created_at  timestamptz not null default now(),
  verified_at timestamptz
);

comment on table private.totp_secrets is
  'Seeds of authenticator apps, sealed with a key from outside the database (AES-256-GCM, bound to the row''s id).';
comment on column private.totp_secrets.last_step is
  'The last time step whose code was taken: a code of it or of one before it is never taken again.';
comment on column private.totp_secrets.verified_at is
  'When its owner first showed a code. Until then it protects nothing, and 15 minutes later it is void.';

-- What lets in whoever has lost the app: ten, each once.

create table if not exists private.recovery_codes (
  user_id   uuid not null references core.users on delete cascade,
  code_hash bytea not null,
  primary key (user_id, code_hash)
);

comment on table private.recovery_codes is
  'SHA-256 of each recovery code (80 random bits, hashed together with the user''s id); a used one is deleted.';

create or replace function private.set_recovery_codes(user_id uuid, code_hashes bytea[]) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  delete from private.recovery_codes c where c.user_id = set_recovery_codes.user_id;
  insert into private.recovery_codes (user_id, code_hash) select set_recovery_codes.user_id, h from unnest(code_hashes) h;
end;

comment on function private.set_recovery_codes(uuid, bytea[]) is
  'Replaces a user''s recovery codes, given as their hashes.';
--! EndIncluded private/totp_secrets.sql
--! Included private/passkeys.sql
-- Passkeys (WebAuthn): public keys, so there is nothing here to steal.

create table if not exists private.passkeys (
  id            uuid primary key default authz.uuid_v7(),
  user_id       uuid not null references core.users on delete cascade,
  credential_id text not null unique check (length(credential_id) between 1 and 1400),
  public_key    bytea not null,
  counter       bigint not null default 0,
  transports    text[] not null default '{}',
  name          text not null check (length(name) between 1 and 100),
  is_backed_up  boolean not null default false,
  created_at    timestamptz not null default now(),
  last_used_at  timestamptz
);

create index if not exists passkeys_user_id_idx on private.passkeys (user_id);

comment on table private.passkeys is
  'Passkeys of users: the public half (COSE), and how often the authenticator says it was used.';
comment on column private.passkeys.credential_id is
  'As the authenticator names it, base64url.';
comment on column private.passkeys.counter is
  'The authenticator''s own count of signatures; one that does not grow was copied. Zero for ever where the authenticator does not count.';

create or replace function private.known_passkeys(user_id uuid) returns jsonb
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('id', p.credential_id, 'transports', p.transports) order by p.created_at, p.id), '[]')
  from private.passkeys p where p.user_id = known_passkeys.user_id;
end;

comment on function private.known_passkeys(uuid) is
  'A user''s passkeys in the form in which browsers ask for them.';

create or replace function private.use_passkey_challenge(kind text, factor jsonb, user_id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select from authz.use_token(kind, decode(factor ->> 'challenge', 'hex')) t
    where t.user_id = use_passkey_challenge.user_id)
  then
    perform private.refuse_factor();
  end if;
end
$$;

comment on function private.use_passkey_challenge(text, jsonb, uuid) is
  'Uses up the challenge that a passkey has answered, {challenge: SHA-256 in hex}. BAD_CODE when it is another''s, for something else, used or too old.';

create or replace function private.count_passkey(user_id uuid, factor jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- Some authenticators do not count.
  update private.passkeys p set counter = (factor ->> 'counter')::bigint, last_used_at = now()
    where p.user_id = count_passkey.user_id and p.id = (factor ->> 'id')::uuid
      and (p.counter < (factor ->> 'counter')::bigint or p.counter = 0 and (factor ->> 'counter')::bigint = 0);
  if not found then
    perform private.refuse_factor();
  end if;
end
$$;

comment on function private.count_passkey(uuid, jsonb) is
  'Notes how often a passkey was used, {id, counter}. BAD_CODE when that does not grow, or the passkey is somebody else''s.';
--! EndIncluded private/passkeys.sql
--! Included private/second_factors.sql
-- Second factors: how many tries there are, and how one is taken.
--
-- A code is proven outside the database, where the seed can be read; that it is taken
-- once is for this: each kind is one statement that changes a row or finds none.

create table if not exists private.second_factor_tries (
  id             uuid primary key default authz.uuid_v7(),
  user_id        uuid not null references core.users on delete cascade,
  challenge_hash bytea,
  tried_at       timestamptz not null default clock_timestamp()
);

create index if not exists second_factor_tries_user_id_idx on private.second_factor_tries (user_id);

comment on table private.second_factor_tries is
  'Codes that somebody tried, until 15 minutes have passed or the code was right: five a user and a challenge.';

create or replace function private.refuse_factor() returns void
language plpgsql
as $$
begin
  perform private.fail('CODEX', 'That code is wrong, too old, or was used before.', 'code');
end
$$;

comment on function private.refuse_factor() is
  'BAD_CODE: one answer for all that can be wrong with a second factor.';

create or replace function private.count_try(user_id uuid, challenge_hash bytea) returns table (try_id uuid, retry_after int)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _window constant interval := '15 minutes';
  _tries constant int := 5;
  _oldest timestamptz;
begin
  -- Of many tries at once each sees those before it.
  perform pg_advisory_xact_lock(hashtextextended('relata.second_factor.' || count_try.user_id, 0));
  delete from private.second_factor_tries t where t.user_id = count_try.user_id and t.tried_at < clock_timestamp() - _window;
  select min(t.tried_at) into _oldest
    from private.second_factor_tries t
    where t.user_id = count_try.user_id
    having count(*) >= _tries or count(*) filter (where t.challenge_hash = count_try.challenge_hash) >= _tries;
  if found then
    retry_after := greatest(1, ceil(extract(epoch from _oldest + _window - clock_timestamp())));
    return next;
    return;
  end if;
  insert into private.second_factor_tries (user_id, challenge_hash) values (count_try.user_id, count_try.challenge_hash)
    returning id into try_id;
  return next;
end
$$;

comment on function private.count_try(uuid, bytea) is
  'Takes one of the five tries that a user, and a challenge, have in 15 minutes; or tells in how many seconds there is one again.';

create or replace function private.take_factor(user_id uuid, factor jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  case factor ->> 'kind'
    when 'TOTP' then
      update private.totp_secrets t set last_step = (factor ->> 'step')::bigint
        where t.user_id = take_factor.user_id and t.id = (factor ->> 'id')::uuid
          and t.verified_at is not null and t.last_step < (factor ->> 'step')::bigint;
    when 'RECOVERY_CODE' then
      delete from private.recovery_codes c
        where c.user_id = take_factor.user_id and c.code_hash = decode(factor ->> 'hash', 'hex');
    when 'PASSKEY' then
      perform private.use_passkey_challenge('PASSKEY_PROOF', factor, user_id);
      perform private.count_passkey(user_id, factor);
      return;
  end case;
  if not found then
    perform private.refuse_factor();
  end if;
  -- Who is right has used up none of his tries.
  delete from private.second_factor_tries t where t.id = (factor ->> 'tryId')::uuid and t.user_id = take_factor.user_id;
end
$$;

comment on function private.take_factor(uuid, jsonb) is
  'Takes a second factor that the server has proven, once and for all: {kind: TOTP, id, step}, {kind: RECOVERY_CODE, hash} or {kind: PASSKEY, id, counter, challenge}, codes with their tryId. BAD_CODE when it was taken before; of many at once one wins.';

create or replace function private.finish_enrolment(asker jsonb, user_id uuid, code_hashes bytea[]) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if asker ? 'challenge' then
    perform private.pass_challenge(decode(asker ->> 'challenge', 'hex'));
  else
    update private.sessions s set is_strong = true where s.id = (asker ->> 'sessionId')::uuid and s.user_id = finish_enrolment.user_id;
  end if;
  if exists (select from private.recovery_codes c where c.user_id = finish_enrolment.user_id) then
    return false;
  end if;
  perform private.set_recovery_codes(user_id, code_hashes);
  return true;
end
$$;

comment on function private.finish_enrolment(jsonb, uuid, bytea[]) is
  'What follows when a second factor counts: it was shown, so a challenge that waited for it is passed; and who has no recovery codes gets these, which it answers.';

create or replace function private.drop_lone_codes(user_id uuid) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  delete from private.recovery_codes c
    where c.user_id = drop_lone_codes.user_id
      and not exists (select from private.totp_secrets t where t.user_id = drop_lone_codes.user_id and t.verified_at is not null)
      and not exists (select from private.passkeys p where p.user_id = drop_lone_codes.user_id);
end;

comment on function private.drop_lone_codes(uuid) is
  'Takes recovery codes away from a user who has nothing left to recover.';

create or replace function authz.second_factors_of(user_id uuid, workspace_id uuid) returns table (kinds text[], must_enrol boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  kinds := array_remove(array[
    case when exists (select from private.totp_secrets t where t.user_id = second_factors_of.user_id and t.verified_at is not null)
      then 'TOTP' end,
    case when exists (select from private.passkeys p where p.user_id = second_factors_of.user_id) then 'PASSKEY' end
  ], null);
  perform set_config('relata.workspace_id', second_factors_of.workspace_id::text, true);
  must_enrol := kinds = '{}' and coalesce(
    (select w.is_two_factor_enforced from core.workspaces w where w.id = second_factors_of.workspace_id), false);
  if kinds <> '{}' and exists (select from private.recovery_codes c where c.user_id = second_factors_of.user_id) then
    kinds := kinds || '{RECOVERY_CODE}';
  end if;
  return next;
end
$$;

comment on function authz.second_factors_of(uuid, uuid) is
  'By what a user proves himself a second time (TOTP, PASSKEY, RECOVERY_CODE), and whether a workspace wants him to enrol first. For the server alone.';
grant execute on function authz.second_factors_of(uuid, uuid) to relata_server;
--! EndIncluded private/second_factors.sql
--! Included private/enforce_second_factor.sql
-- Where a workspace begins to demand a second factor, whoever has shown none is out at
-- once, and comes in again by one. But for who has just demanded it.

create or replace function private.tg_workspaces__second_factor() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from private.sessions s
    where s.workspace_id = new.id and not s.is_strong and s.user_id is distinct from authz.user_id();
  return null;
end
$$;

comment on function private.tg_workspaces__second_factor() is
  'Ends the sign-ins to a workspace that have shown no second factor, when it begins to demand one.';

create or replace trigger _500_second_factor
  after update of is_two_factor_enforced on core.workspaces
  for each row when (new.is_two_factor_enforced and not old.is_two_factor_enforced)
  execute function private.tg_workspaces__second_factor();
--! EndIncluded private/enforce_second_factor.sql
--! Included private/second_factor_asker.sql
-- Who asks for something about second factors: somebody signed in, or somebody half
-- signed in, whose challenge opens this and nothing else.
--
-- asker: {userId, workspaceId, sessionId, isPasswordProven} or {challenge: SHA-256 in hex}

create or replace function private.asker_of(asker jsonb, out user_id uuid, out workspace_id uuid, out challenge_hash bytea)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if asker ? 'challenge' then
    challenge_hash := decode(asker ->> 'challenge', 'hex');
    select t.user_id, t.workspace_id into user_id, workspace_id from authz.see_token('SECOND_FACTOR', challenge_hash) t;
    if user_id is null then
      perform private.fail('LOGIN', 'Sign in first.');
    end if;
    perform set_config('relata.user_id', user_id::text, true), set_config('relata.workspace_id', workspace_id::text, true);
    return;
  end if;
  if asker ->> 'sessionId' is null then
    perform private.fail('LOGIN', 'Sign in first.');
  end if;
  user_id := asker ->> 'userId';
  workspace_id := asker ->> 'workspaceId';
  perform authz.claim(user_id, workspace_id, null, (asker ->> 'sessionId')::uuid);
  -- They are his everywhere, and nobody's who impersonates him here.
  perform authz.require_self();
end
$$;

comment on function private.asker_of(jsonb) is
  'Who asks: {userId, workspaceId, sessionId} of an access token, or {challenge} of a sign-in that waits for its second factor. LOGIN_REQUIRED when it does not hold.';

create or replace function private.require_shown(asker jsonb, user_id uuid, workspace_id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- A challenge is no session.
  if (select f.kinds <> '{}' from authz.second_factors_of(user_id, workspace_id) f)
    and not exists (
      select from private.sessions s where s.id = (asker ->> 'sessionId')::uuid and s.user_id = require_shown.user_id and s.is_strong)
  then
    perform private.fail('PROOF', 'Show the second factor that you have: sign in anew.');
  end if;
end
$$;

comment on function private.require_shown(jsonb, uuid, uuid) is
  'Nothing when who enrols has no second factor yet, or has shown one in this sign-in. PROOF_REQUIRED otherwise: or whoever knows a password alone would enrol a factor of his own beside the one that is asked of him.';

create or replace function private.enroller_of(asker jsonb, out user_id uuid, out workspace_id uuid, out challenge_hash bytea)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  select a.user_id, a.workspace_id, a.challenge_hash into user_id, workspace_id, challenge_hash from private.asker_of(asker) a;
  perform private.require_shown(asker, user_id, workspace_id);
  if challenge_hash is not null then
    return;
  elsif not coalesce((asker ->> 'isPasswordProven')::boolean, false)
    and not exists (
      select from private.sessions s
      where s.id = (asker ->> 'sessionId')::uuid and s.user_id = enroller_of.user_id
        -- What a workspace's own provider says holds there alone, and a factor everywhere.
        and s.method not in ('OIDC', 'SAML', 'IMPERSONATION') and s.created_at > now() - interval '10 minutes')
  then
    perform private.fail('PROOF', 'Prove that it is you: give your password, or sign in anew.');
  else
    delete from private.second_factor_tries t where t.id = (asker ->> 'tryId')::uuid and t.user_id = enroller_of.user_id;
  end if;
end
$$;

comment on function private.enroller_of(jsonb) is
  'Who may enrol a second factor: somebody who has just given his password, whose sign-in is younger than ten minutes, or of whom his workspace wants one before it lets him in; who has one already has shown it in this sign-in; not by a sign-in that holds in one workspace alone. PROOF_REQUIRED otherwise.';
--! EndIncluded private/second_factor_asker.sql
--! Included authz/second_factors.sql
-- What the server asks of second factors (src/auth/secondFactors.ts). Each takes who
-- asks (private.asker_of), and what the server has proven of him.

create or replace function authz.try_second_factor(asker jsonb)
returns table (user_id uuid, try_id uuid, retry_after int, totp_id uuid, sealed_seed bytea, is_verified boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _asker record;
begin
  select * into _asker from private.asker_of(asker);
  user_id := _asker.user_id;
  select c.try_id, c.retry_after into try_id, retry_after from private.count_try(user_id, _asker.challenge_hash) c;
  if try_id is not null then
    select t.id, t.sealed_seed, t.verified_at is not null into totp_id, sealed_seed, is_verified
      from private.totp_secrets t where t.user_id = try_second_factor.user_id;
  end if;
  return next;
end
$$;

comment on function authz.try_second_factor(jsonb) is
  'Counts a try, before the code is looked at, and answers the seed to look with; or in how many seconds there is a try again. For the server alone.';
grant execute on function authz.try_second_factor(jsonb) to relata_server;

create or replace function authz.try_password(asker jsonb) returns table (user_id uuid, try_id uuid, retry_after int, password_hash text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  user_id := (select a.user_id from private.asker_of(asker - 'challenge') a);
  select c.try_id, c.retry_after into try_id, retry_after from private.count_try(user_id, null) c;
  if try_id is not null then
    select s.password_hash into password_hash from private.user_secrets s where s.user_id = try_password.user_id;
  end if;
  return next;
end
$$;

comment on function authz.try_password(jsonb) is
  'The same for the password of somebody signed in, who gives it once more. For the server alone.';
grant execute on function authz.try_password(jsonb) to relata_server;

create or replace function authz.pass_second_factor(asker jsonb, factor jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _asker record;
begin
  select * into _asker from private.asker_of(jsonb_build_object('challenge', asker -> 'challenge'));
  perform private.take_factor(_asker.user_id, factor);
  perform private.pass_challenge(_asker.challenge_hash);
end
$$;

comment on function authz.pass_second_factor(jsonb, jsonb) is
  'Takes the second factor of a sign-in and passes its challenge, for authz.finish_sign_in. LOGIN_REQUIRED, BAD_CODE. For the server alone.';
grant execute on function authz.pass_second_factor(jsonb, jsonb) to relata_server;

create or replace function authz.renew_recovery_codes(asker jsonb, factor jsonb, code_hashes bytea[]) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker - 'challenge') a);
begin
  perform private.take_factor(_user_id, factor);
  perform private.set_recovery_codes(_user_id, code_hashes);
end
$$;

comment on function authz.renew_recovery_codes(jsonb, jsonb, bytea[]) is
  'Replaces a user''s recovery codes, for a second factor. BAD_CODE. For the server alone.';
grant execute on function authz.renew_recovery_codes(jsonb, jsonb, bytea[]) to relata_server;

create or replace function authz.list_second_factors(asker jsonb) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker - 'challenge') a);
begin
  return jsonb_build_object(
    'totp', (select jsonb_build_object('id', t.id, 'createdAt', t.verified_at)
             from private.totp_secrets t where t.user_id = _user_id and t.verified_at is not null),
    'passkeys', (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'createdAt', p.created_at, 'lastUsedAt', p.last_used_at)
                   order by p.created_at, p.id), '[]')
                 from private.passkeys p where p.user_id = _user_id),
    'recoveryCodesLeft', (select count(*) from private.recovery_codes c where c.user_id = _user_id));
end
$$;

comment on function authz.list_second_factors(jsonb) is
  'What second factors the caller has: {totp, passkeys, recoveryCodesLeft}, without their secrets. For the server alone.';
grant execute on function authz.list_second_factors(jsonb) to relata_server;
--! EndIncluded authz/second_factors.sql
--! Included authz/totp.sql
-- What the server asks of authenticator apps (src/auth/secondFactors.ts): enrolled in two
-- steps, as a seed counts only once a code of it was shown; taken away for a second factor.

create or replace function authz.begin_totp(asker jsonb, id uuid, sealed_seed bytea) returns text
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select e.user_id from private.enroller_of(asker) e);
begin
  insert into private.totp_secrets as t (id, user_id, sealed_seed) values (begin_totp.id, _user_id, begin_totp.sealed_seed)
    on conflict (user_id) do update
      set id = excluded.id, sealed_seed = excluded.sealed_seed, last_step = 0, created_at = now()
      where t.verified_at is null;
  if not found then
    perform private.fail('VERSN', 'You have an authenticator app already; disable it first.');
  end if;
  return (select u.email from core.users u where u.id = _user_id);
end
$$;

comment on function authz.begin_totp(jsonb, uuid, bytea) is
  'Keeps the seed of an authenticator app until its owner shows a code of it, and answers his address. PROOF_REQUIRED, CONFLICT. For the server alone.';
grant execute on function authz.begin_totp(jsonb, uuid, bytea) to relata_server;

create or replace function authz.confirm_totp(asker jsonb, factor jsonb, code_hashes bytea[]) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _asker record;
begin
  select * into _asker from private.asker_of(asker);
  perform private.require_shown(asker, _asker.user_id, _asker.workspace_id);
  update private.totp_secrets t set verified_at = now(), last_step = (factor ->> 'step')::bigint
    where t.user_id = _asker.user_id and t.id = (factor ->> 'id')::uuid and t.verified_at is null
      and t.created_at > now() - interval '15 minutes';
  if not found then
    perform private.refuse_factor();
  end if;
  delete from private.second_factor_tries t where t.id = (factor ->> 'tryId')::uuid and t.user_id = _asker.user_id;
  return private.finish_enrolment(asker, _asker.user_id, code_hashes);
end
$$;

comment on function authz.confirm_totp(jsonb, jsonb, bytea[]) is
  'Lets an authenticator app count whose code was shown, {id, step, tryId}, and passes the challenge that waited for it; answers whether these are the user''s recovery codes from now on. BAD_CODE. For the server alone.';
grant execute on function authz.confirm_totp(jsonb, jsonb, bytea[]) to relata_server;

create or replace function authz.disable_totp(asker jsonb, factor jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker - 'challenge') a);
begin
  perform private.take_factor(_user_id, factor);
  delete from private.totp_secrets t where t.user_id = _user_id;
  perform private.drop_lone_codes(_user_id);
end
$$;

comment on function authz.disable_totp(jsonb, jsonb) is
  'Takes a user''s authenticator app away, for a second factor. BAD_CODE. For the server alone.';
grant execute on function authz.disable_totp(jsonb, jsonb) to relata_server;
--! EndIncluded authz/totp.sql
--! Included authz/passkeys.sql
-- What the server asks of passkeys (src/auth/passkeys.ts). A challenge is a one-time
-- token: it is used up in the transaction that takes its answer.

create or replace function authz.offer_passkey(asker jsonb, challenge_hash bytea)
returns table (user_id uuid, email text, name text, known jsonb)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  select e.user_id into user_id from private.enroller_of(asker) e;
  -- A passkey is a way in by itself, to every workspace: no workspace's own provider gives one away.
  if exists (select from authz.see_token('SECOND_FACTOR', decode(asker ->> 'challenge', 'hex')) t where t.data ->> 'method' in ('OIDC', 'SAML')) then
    perform private.fail('PROOF', 'Prove that it is you: sign in yourself, not by a workspace''s own provider.');
  end if;
  perform authz.keep_token('PASSKEY_ENROLMENT', offer_passkey.challenge_hash, user_id, null, null, interval '5 minutes');
  select u.email, btrim(u.first_name || ' ' || u.last_name) into email, name from core.users u where u.id = offer_passkey.user_id;
  known := private.known_passkeys(user_id);
  return next;
end
$$;

comment on function authz.offer_passkey(jsonb, bytea) is
  'Keeps a challenge for a new passkey, and answers whose it will be and which he has. PROOF_REQUIRED. For the server alone.';
grant execute on function authz.offer_passkey(jsonb, bytea) to relata_server;

create or replace function authz.add_passkey(asker jsonb, credential jsonb, code_hashes bytea[])
returns table (id uuid, has_new_codes boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _asker record;
begin
  select * into _asker from private.asker_of(asker);
  perform private.require_shown(asker, _asker.user_id, _asker.workspace_id);
  perform private.use_passkey_challenge('PASSKEY_ENROLMENT', credential, _asker.user_id);
  insert into private.passkeys (user_id, credential_id, public_key, counter, transports, name, is_backed_up)
    values (_asker.user_id, credential ->> 'id', decode(credential ->> 'publicKey', 'hex'), (credential ->> 'counter')::bigint,
            array(select jsonb_array_elements_text(credential -> 'transports')), credential ->> 'name', (credential ->> 'isBackedUp')::boolean)
    on conflict (credential_id) do nothing
    returning passkeys.id into add_passkey.id;
  if not found then
    perform private.fail('VERSN', 'That passkey is there already.');
  end if;
  has_new_codes := private.finish_enrolment(asker, _asker.user_id, code_hashes);
  return next;
end
$$;

comment on function authz.add_passkey(jsonb, jsonb, bytea[]) is
  'Keeps a passkey whose making the server has verified, {id, publicKey, counter, transports, name, isBackedUp, challenge}, and passes the sign-in that waited for it; answers whether these are the user''s recovery codes from now on. BAD_CODE, CONFLICT. For the server alone.';
grant execute on function authz.add_passkey(jsonb, jsonb, bytea[]) to relata_server;

create or replace function authz.ask_passkey(asker jsonb, challenge_hash bytea) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker) a);
begin
  perform authz.keep_token('PASSKEY_PROOF', ask_passkey.challenge_hash, _user_id, null, null, interval '5 minutes');
  return private.known_passkeys(_user_id);
end
$$;

comment on function authz.ask_passkey(jsonb, bytea) is
  'Keeps a challenge for a passkey as a second factor of whoever asks, and answers which he has. For the server alone.';
grant execute on function authz.ask_passkey(jsonb, bytea) to relata_server;

create or replace function authz.passkey(credential_id text)
returns table (id uuid, user_id uuid, public_key bytea, counter bigint, transports text[])
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select p.id, p.user_id, p.public_key, p.counter, p.transports from private.passkeys p where p.credential_id = passkey.credential_id;
end;

comment on function authz.passkey(text) is
  'The public half of a passkey, to verify by. For the server alone.';
grant execute on function authz.passkey(text) to relata_server;

create or replace function authz.sign_in_with_passkey(factor jsonb) returns text
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select p.user_id from private.passkeys p where p.id = (factor ->> 'id')::uuid);
begin
  -- Nobody in particular was asked, so nothing was kept: the server knows its own challenges, and this which were answered.
  insert into private.one_time_tokens (token_hash, kind, expires_at)
    values (decode(factor ->> 'challenge', 'hex'), 'PASSKEY_SIGN_IN', now() + interval '10 minutes')
    on conflict do nothing;
  if not found then
    perform private.refuse_factor();
  end if;
  perform private.count_passkey(_user_id, factor);
  return (select u.email from core.users u where u.id = _user_id);
end
$$;

comment on function authz.sign_in_with_passkey(jsonb) is
  'Takes a passkey that the server has proven, {id, counter, challenge}, in place of a password, and answers whose address it stands for. BAD_CODE. For the server alone.';
grant execute on function authz.sign_in_with_passkey(jsonb) to relata_server;

create or replace function authz.remove_passkey(asker jsonb, factor jsonb, id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker - 'challenge') a);
begin
  perform private.take_factor(_user_id, factor);
  delete from private.passkeys p where p.id = remove_passkey.id and p.user_id = _user_id;
  if not found then
    perform private.fail('NTFND', 'There is no such passkey.', 'id');
  end if;
  perform private.drop_lone_codes(_user_id);
end
$$;

comment on function authz.remove_passkey(jsonb, jsonb, uuid) is
  'Takes one of the caller''s passkeys away, for a second factor. BAD_CODE, NOT_FOUND. For the server alone.';
grant execute on function authz.remove_passkey(jsonb, jsonb, uuid) to relata_server;
--! EndIncluded authz/passkeys.sql
--! Included authz/index_advice.sql
-- Which index would have spared a statement its reading: asked with a plan of
-- EXPLAIN (ANALYZE, FORMAT JSON), answered as a change of the data model. As the
-- caller, who sees the plan anyway. src/graphql/explain.ts asks it.

create or replace function authz.scans_in(plan jsonb, least_rows int)
returns table (relation regclass, alias text, filter text, rows_read numeric, rows_kept numeric, sort_keys text[])
language sql stable
begin atomic
  with recursive nodes (node) as (
    select plan
    union all
    select child from nodes, jsonb_array_elements(node -> 'Plans') child
  ), scans as (
    select to_regclass(quote_ident(n.node ->> 'Relation Name')) as relation, n.node ->> 'Alias' as alias,
           -- Without its texts, which may hold anything.
           regexp_replace(coalesce(n.node ->> 'Filter', ''), '''(?:[^'']|'''')*''', '''''', 'g') as filter,
           (n.node ->> 'Actual Loops')::numeric * (n.node ->> 'Actual Rows')::numeric as kept,
           (n.node ->> 'Actual Loops')::numeric * coalesce((n.node ->> 'Rows Removed by Filter')::numeric, 0) as removed,
           n.node ->> 'Node Type' = 'Seq Scan' as is_whole
    from nodes n where n.node ? 'Relation Name'
  )
  select s.relation, s.alias, s.filter, s.kept + s.removed, s.kept,
         array(select k from nodes n, jsonb_array_elements_text(n.node -> 'Sort Key') k)
  from scans s
  where s.relation is not null and case when s.is_whole then s.kept + s.removed else s.removed end >= least_rows;
end;

comment on function authz.scans_in(jsonb, int) is
  'The tables that a plan reads many rows of, whole or to throw them away, with what it looks for and sorts by.';
grant execute on function authz.scans_in(jsonb, int) to relata_admin;

-- A column in a filter or a sort key, as EXPLAIN writes them.
create or replace function authz.column_pattern(alias text, column_name text) returns text
language sql immutable
return format('(?:^|[^\w.])(?:"?%s"?\.)?"?%s"?\)?(?:::[a-z ]+)?',
  regexp_replace(alias, '(\W)', '\\\1', 'g'), regexp_replace(column_name, '(\W)', '\\\1', 'g'));

comment on function authz.column_pattern(text, text) is
  'How a column stands in what EXPLAIN tells of a table.';
grant execute on function authz.column_pattern(text, text) to relata_admin;

create or replace function authz.index_advice(plan jsonb, least_rows int default 2000) returns jsonb
language sql stable
begin atomic
  with columns as (
    select s.*, a.attname::text as name,
           case
             when s.filter ~ (p.pattern || ' = ') then 1
             when s.filter ~ (p.pattern || ' [<>]=? ') then 3
             when s.sort_keys[1] ~ (p.pattern || '(?: |$)') then 2
             when s.filter ~ (p.pattern || ' ~~\*? ') then 4
           end as use,
           substring(d.comment from '(?:^|\n)@field ([^\n]+)') as field,
           substring(d.comment from '(?:^|\n)@part ([^\n]+)') as part,
           substring(obj_description(s.relation) from '(?:^|\n)@singular ([^\n]+)') as object
    from authz.scans_in(plan, least_rows) s
    join pg_attribute a on a.attrelid = s.relation and a.attnum > 0 and not a.attisdropped and a.attname <> 'id'
    cross join lateral (select authz.column_pattern(s.alias, a.attname) as pattern) p
    cross join lateral (select col_description(s.relation, a.attnum) as comment) d
  ), keys as (
    -- Values that are looked for come first, then what they are sorted by; a range, or a text that is looked into, stands alone.
    select c.*, row_number() over (partition by c.alias order by c.use, c.name) as n, min(c.use) over (partition by c.alias) as best
    from columns c where c.use is not null and c.field is not null
  ), wanted as (
    select k.relation, k.rows_read, k.rows_kept, k.object, k.best = 4 as is_inside, array_agg(k.name order by k.n) as names,
           jsonb_agg(jsonb_strip_nulls(jsonb_build_object('fieldId', f.id, 'part', k.part)) order by k.n) as fields,
           string_agg(concat_ws('.', k.field, k.part), ', ' order by k.n) as words, min(o.id::text) as object_id
    from keys k
    join core.objects o on o.workspace_id = authz.workspace_id() and o.name_singular = k.object
    join core.fields f on f.workspace_id = o.workspace_id and f.object_id = o.id and f.name = k.field
    where k.n = 1 or k.use <= 2 and k.best <= 2
    group by k.relation, k.alias, k.rows_read, k.rows_kept, k.object, k.best
  )
  select coalesce(jsonb_agg(distinct jsonb_build_object(
    'reason', format('%s records of %s were read to find %s, by %s.', w.rows_read, w.object, w.rows_kept, w.words),
    'change', jsonb_build_object('kind', 'createIndex', 'data', jsonb_build_object(
      'objectId', w.object_id, 'type', case when w.is_inside then 'GIN' else 'BTREE' end, 'fields', w.fields)))), '[]')
  from wanted w
  where not exists (
    select from pg_index x
    where x.indrelid = w.relation and x.indisvalid and x.indpred is null
      and (select c.relam from pg_class c where c.oid = x.indexrelid)
        = (select m.oid from pg_am m where m.amname = case when w.is_inside then 'gin' else 'btree' end)
      and w.names = array(
        select a.attname::text from unnest(x.indkey) with ordinality k (attnum, n)
        join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum
        where k.n <= cardinality(w.names) order by k.n));
end;

comment on function authz.index_advice(jsonb, int) is
  'The indexes that a statement lacks, by its plan: a list of {reason, change}, each change as applyChanges takes it.';
grant execute on function authz.index_advice(jsonb, int) to relata_admin;
--! EndIncluded authz/index_advice.sql

-- A field's columns.
--! Included private/field_parts.sql
-- The columns of a field, as its type declares them (db/field_types/): one for most,
-- one for each part of a composite.

create or replace function private.field_parts(_field core.fields)
returns table (column_name text, path text, part text, type text, is_required boolean, is_unique boolean, spec jsonb)
language sql stable
begin atomic
  select _field.column_name || coalesce('_' || private.snake_case(c.spec ->> 'part'), ''),
         -- Constraints are named by it, so that an error leads back to the field.
         _field.column_name || coalesce('.' || private.snake_case(c.spec ->> 'part'), ''),
         c.spec ->> 'part',
         coalesce(c.spec -> 'variants' ->> (_field.settings ->> 'dataType'), c.spec ->> 'type'),
         not _field.is_nullable and coalesce((c.spec ->> 'isRequired')::boolean, not c.spec ? 'part'),
         coalesce((c.spec ->> 'isUnique')::boolean, not c.spec ? 'part'),
         c.spec
  from core.field_types t, jsonb_array_elements(t.columns) with ordinality c (spec, n)
  where t.name = _field.type and _field.column_name is not null
  order by c.n;
end;

comment on function private.field_parts(core.fields) is
  'The columns of a field, each with its path (emails.primary_email), the part it holds, its type, and what the field type declares of it.';

create or replace function private.check_sql(_field core.fields, spec jsonb, subject text) returns text
language plpgsql stable
as $$
declare
  _check text := coalesce(spec ->> 'check', case when spec ? 'options' then '{column} = any ({options})' end);
  _setting record;
begin
  if _check is null then
    return null;
  end if;
  for _setting in
    select r.key, coalesce(_field.settings -> r.key, r.value -> 'default') as value
    from core.field_types t, jsonb_each(t.settings) r
    where t.name = _field.type and jsonb_typeof(coalesce(_field.settings -> r.key, r.value -> 'default')) = 'number'
  loop
    _check := replace(_check, '{' || _setting.key || '}', (_setting.value #>> '{}')::numeric::text);
  end loop;
  _check := replace(_check, '{options}', format('array[%s]::text[]', coalesce(
    (select string_agg(quote_literal(o), ', ' order by n) from jsonb_array_elements_text(spec -> 'options') with ordinality x (o, n)),
    private.option_list(_field))));
  -- Last, as what stands for the column may be an admin's words.
  return replace(_check, '{column}', subject);
end
$$;

comment on function private.check_sql(core.fields, jsonb, text) is
  'What a column of a field has to fulfil, with the field''s settings and options filled in and `subject` for the column; null for nothing.';

create or replace function private.option_list(_field core.fields) returns text
language sql stable
return (
  select string_agg(quote_literal(o ->> 'value'), ', ' order by (o ->> 'position')::int)
  from jsonb_array_elements(_field.options) o
);

comment on function private.option_list(core.fields) is
  'The values of a field''s options, quoted, in their order.';

create or replace function private.check_columns(_field core.fields, path text) returns void
language plpgsql
as $$
declare
  _clash text;
  _taken int;
begin
  -- A column belongs to one field: emails with its emails_primary_email leaves no room for emailsPrimaryEmail.
  select f.name into _clash
    from core.fields f, private.field_parts(f) theirs, private.field_parts(_field) ours
    where f.object_id = _field.object_id and f.id <> _field.id and theirs.column_name = ours.column_name
    limit 1;
  if found then
    perform private.fail('NAMEX', format('This object already has a field %s.', _clash), path);
  end if;
  -- PostgreSQL cuts names off at 63 bytes: those of the columns, their checks and the unique index.
  if exists (select from private.field_parts(_field) p
             where _field.type <> 'RELATION' and length(p.path || '_check') > 63 or _field.is_unique and p.is_unique and length(p.path || '_key_01234567') > 63) then
    perform private.fail('NAMEV', format('That name is too long for a field of the type %s.', _field.type), path);
  end if;
  -- PostgreSQL allows 1,600 columns, those that were dropped among them.
  select coalesce(max(a.attnum), 0) into _taken
    from pg_attribute a where a.attrelid = to_regclass(private.table_of(_field.object_id));
  if _taken + (select count(*) from private.field_parts(_field)) > 1500 then
    perform private.fail('LIMIT', 'An object''s fields make at most 1500 columns.', 'data');
  end if;
end
$$;

comment on function private.check_columns(core.fields, text) is
  'Nothing when a field''s columns find room in the table; NAME_TAKEN, NAME_INVALID or LIMIT_EXCEEDED otherwise.';

create or replace function private.check_type_name(name text, path text) returns void
language plpgsql
as $$
begin
  -- The API makes a type of an object's singular name, as it does of composites.
  if exists (select from core.field_types t
             where lower(replace(t.name, '_', '')) = lower(check_type_name.name)
               and (t.columns @? '$[*].part' or t.name = 'POSITION')) or lower(name) = 'fileoutput' then
    perform private.fail('NAMER', format('The name %s is reserved.', name), path);
  end if;
end
$$;

comment on function private.check_type_name(text, text) is
  'Nothing for a singular name that no type of the API has; NAME_RESERVED otherwise.';
--! EndIncluded private/field_parts.sql
--! Included private/field_default.sql
-- A field's default, given as JSON, becomes the defaults of its columns.

create or replace function private.unquoted(value jsonb) returns jsonb
language plpgsql immutable
as $$
declare
  _text text := value #>> '{}';
begin
  case jsonb_typeof(value)
    when 'string' then
      return case when _text ~ '^''.*''$' and length(_text) > 1 then to_jsonb(substr(_text, 2, length(_text) - 2)) else value end;
    when 'array' then
      return (select coalesce(jsonb_agg(private.unquoted(x) order by n), '[]') from jsonb_array_elements(value) with ordinality e (x, n));
    when 'object' then
      return (select coalesce(jsonb_object_agg(key, private.unquoted(x)), '{}') from jsonb_each(value) e (key, x));
    else
      return value;
  end case;
end
$$;

comment on function private.unquoted(jsonb) is
  'A default without the quotes that some clients put around text (''NEW''); lists and composites too.';

create or replace function private.json_fits(value jsonb, type text) returns boolean
language sql immutable
return case
  when type = 'boolean' then jsonb_typeof(value) = 'boolean'
  when type in ('float8', 'int4') then jsonb_typeof(value) = 'number'
  -- JSON's numbers lose digits on their way through many programs, so exact ones may come as text.
  when type in ('int8', 'numeric') then jsonb_typeof(value) = 'number' or value #>> '{}' ~ '^-?[0-9]'
  when type = 'text[]' then jsonb_typeof(value) = 'array' and not value @? '$[*] ? (@.type() != "string")'
  when type = 'jsonb' then true
  else jsonb_typeof(value) = 'string'
end;

comment on function private.json_fits(jsonb, text) is
  'Whether a JSON value is one that a column of this type takes, before its words are read.';

create or replace function private.default_sql(_field core.fields, spec jsonb, type text) returns text
language plpgsql stable
as $$
declare
  _value jsonb := nullif(case when spec ? 'part' then _field.default_value -> (spec ->> 'part') else _field.default_value end, 'null');
  _text text;
  _literal text;
  _fits boolean;
begin
  if spec ? 'part' and _field.default_value is not null and (
    jsonb_typeof(_field.default_value) <> 'object' or exists (
      select from jsonb_object_keys(_field.default_value) k
      where not exists (select from private.field_parts(_field) p where p.part = k))) then
    raise data_exception;
  end if;
  if _value is null then
    return spec ->> 'default';
  elsif jsonb_typeof(_value) = 'string' and spec -> 'functions' ? (_value #>> '{}') then
    return spec -> 'functions' ->> (_value #>> '{}');
  elsif not private.json_fits(_value, type) then
    raise data_exception;
  end if;
  _text := case type
    when 'text[]' then (select coalesce(array_agg(x order by n), '{}') from jsonb_array_elements_text(_value) with ordinality e (x, n))::text
    when 'jsonb' then _value::text
    else _value #>> '{}'
  end;
  -- PostgreSQL keeps the default of the rows there are in a catalog without TOAST.
  if octet_length(_text) > 1000 or _text !~ coalesce(spec ->> 'literal', '') then
    raise data_exception;
  end if;
  _literal := format('%L::%s', _text, type);
  -- Tried here, so that a bad value is this field's fault and not a broken table.
  execute format('select %s is not null and (%s)', _literal, coalesce(private.check_sql(_field, spec, _literal), 'true')) into _fits;
  if not _fits then
    raise data_exception;
  end if;
  return _literal;
exception when data_exception then
  perform private.fail('DEFLT', format('The default value does not fit the type %s.', _field.type), 'data.defaultValue');
end
$$;

comment on function private.default_sql(core.fields, jsonb, text) is
  'The default of one of a field''s columns as SQL, null for none; DEFAULT_INVALID when it does not fit the type and its checks.';
--! EndIncluded private/field_default.sql

-- Expressions of admins become SQL.
--! Included private/expression_operators.sql
-- What formulas, rules and filters of rollups may compute. Each operator is a row;
-- its SQL is ours and made of immutable functions of pg_catalog, so that a formula
-- can be a generated column, and a rule a check.
--
-- Types: number, text, boolean, date, dateTime, id; and for arguments: any (all of
-- one type), anything, shown (made a text), whole (rounded to a whole number).

create table if not exists private.expression_operators (
  name        text not null check (name ~ '^[a-z][a-zA-Z]*$'),
  arguments   text[] not null,
  result      text not null,
  template    text not null,
  is_variadic boolean not null default false,
  symbol      text,
  primary key (name, arguments)
);

comment on table private.expression_operators is
  'The operators of expressions, by name and types of arguments.';
comment on column private.expression_operators.template is
  'SQL with %1$s for the first argument and so on.';
comment on column private.expression_operators.is_variadic is
  'More arguments may follow, as the last is: f(f(a, b), c).';
comment on column private.expression_operators.symbol is
  'How people write it between its arguments; null when by name.';

delete from private.expression_operators;

-- Nothing divided by zero is nothing. What is too large is an error of the write (VALUE_OUT_OF_RANGE).
insert into private.expression_operators (name, arguments, result, template, is_variadic, symbol) values
  ('add',      '{number,number}', 'number', '(%1$s + %2$s)', true, '+'),
  ('subtract', '{number,number}', 'number', '(%1$s - %2$s)', false, '-'),
  ('multiply', '{number,number}', 'number', '(%1$s * %2$s)', true, '*'),
  ('divide',   '{number,number}', 'number', '(%1$s / nullif(%2$s, 0))', false, '/'),
  ('modulo',   '{number,number}', 'number', 'mod(%1$s, nullif(%2$s, 0))', false, '%'),
  ('negate',   '{number}',        'number', '(- %1$s)', false, null),
  ('round',    '{number}',        'number', 'round(%1$s)', false, null),
  ('round',    '{number,whole}',  'number', 'round(%1$s, %2$s)', false, null),
  ('floor',    '{number}',        'number', 'floor(%1$s)', false, null),
  ('ceil',     '{number}',        'number', 'ceil(%1$s)', false, null),
  ('abs',      '{number}',        'number', 'abs(%1$s)', false, null);

-- Compared with nothing, the answer is nothing.
insert into private.expression_operators (name, arguments, result, template, symbol)
select o.name, array[t, t], 'boolean',
       -- Texts by their characters' numbers, whatever language the database speaks.
       format(case when t = 'text' and o.sql !~ '^(=|<>)$' then '(%%1$s %s %%2$s collate "C")' else '(%%1$s %s %%2$s)' end, o.sql),
       o.symbol
from (values ('equals', '=', '='), ('notEquals', '<>', '!='), ('less', '<', '<'), ('lessOrEqual', '<=', '<='),
             ('greater', '>', '>'), ('greaterOrEqual', '>=', '>=')) o (name, sql, symbol),
     unnest(array['number', 'text', 'date', 'dateTime', 'boolean', 'id']) t;

-- Logic has three values, as SQL's.
insert into private.expression_operators (name, arguments, result, template, is_variadic, symbol) values
  ('and',       '{boolean,boolean}', 'boolean', '(%1$s and %2$s)', true, 'and'),
  ('or',        '{boolean,boolean}', 'boolean', '(%1$s or %2$s)', true, 'or'),
  ('not',       '{boolean}',         'boolean', '(not %1$s)', false, null),
  ('if',        '{boolean,any}',     'any', 'case when %1$s then %2$s end', false, null),
  ('if',        '{boolean,any,any}', 'any', 'case when %1$s then %2$s else %3$s end', false, null),
  ('coalesce',  '{any,any}',         'any', 'coalesce(%1$s, %2$s)', true, null),
  ('nullIf',    '{any,any}',         'any', 'nullif(%1$s, %2$s)', false, null),
  ('min',       '{any,any}',         'any', 'least(%1$s, %2$s)', true, null),
  ('max',       '{any,any}',         'any', 'greatest(%1$s, %2$s)', true, null),
  ('isNull',    '{anything}',        'boolean', '(%1$s is null)', false, null),
  ('isNotNull', '{anything}',        'boolean', '(%1$s is not null)', false, null);

insert into private.expression_operators (name, arguments, result, template, is_variadic) values
  ('concat',     '{shown,shown}',    'text', '(coalesce(%1$s, '''') || coalesce(%2$s, ''''))', true),
  ('text',       '{shown}',          'text', '%1$s', false),
  ('upper',      '{text}',           'text', 'upper(%1$s)', false),
  ('lower',      '{text}',           'text', 'lower(%1$s)', false),
  ('trim',       '{text}',           'text', 'btrim(%1$s)', false),
  ('length',     '{text}',           'number', 'char_length(%1$s)::numeric', false),
  ('left',       '{text,whole}',     'text', 'left(%1$s, %2$s)', false),
  ('right',      '{text,whole}',     'text', 'right(%1$s, %2$s)', false),
  ('contains',   '{text,text}',      'boolean', '(strpos(%1$s, %2$s) > 0)', false),
  ('startsWith', '{text,text}',      'boolean', 'starts_with(%1$s, %2$s)', false),
  ('endsWith',   '{text,text}',      'boolean', '(right(%1$s, char_length(%2$s)) = %2$s)', false),
  -- Bounded, as replacing every letter by a book would fill the memory.
  ('replace',    '{text,text,text}', 'text', 'replace(left(%1$s, 10000), %2$s, left(%3$s, 100))', false);

-- A day of an instant is the day in UTC.
insert into private.expression_operators (name, arguments, result, template) values
  ('daysBetween', '{date,date}',      'number', '(%2$s - %1$s)::numeric'),
  ('addDays',     '{date,whole}',     'date', '(%1$s + %2$s)'),
  ('addMonths',   '{date,whole}',     'date', '(%1$s + make_interval(months => %2$s))::date'),
  ('addDays',     '{dateTime,whole}', 'dateTime', '(((%1$s at time zone ''UTC'') + make_interval(days => %2$s)) at time zone ''UTC'')'),
  ('addMonths',   '{dateTime,whole}', 'dateTime', '(((%1$s at time zone ''UTC'') + make_interval(months => %2$s)) at time zone ''UTC'')'),
  ('year',        '{date}',           'number', 'extract(year from %1$s)'),
  ('month',       '{date}',           'number', 'extract(month from %1$s)'),
  ('day',         '{date}',           'number', 'extract(day from %1$s)'),
  ('date',        '{date}',           'date', '%1$s');

create or replace function private.coercion_cost(source text, target text) returns int
language sql immutable
return case
  when source = 'nothing' or target = 'anything' or source = target then 0
  when source = 'date' and target = 'dateTime' then 1
  when source = 'dateTime' and target = 'date' then 2
  when source = 'number' and target = 'whole' then 0
  when target = 'shown' and source in ('text', 'number', 'boolean', 'date', 'id') then 0
end;

comment on function private.coercion_cost(text, text) is
  'What it costs to take an expression of one type for another; null when it cannot be.';

create or replace function private.coerce(sql text, source text, target text) returns text
language sql immutable
return case
  when source = 'nothing' then 'null::' || case target
    when 'number' then 'numeric' when 'boolean' then 'boolean' when 'date' then 'date' when 'dateTime' then 'timestamptz'
    when 'id' then 'uuid' when 'whole' then 'int4' else 'text' end
  when source = 'date' and target = 'dateTime' then format('(%s::timestamp at time zone ''UTC'')', sql)
  when source = 'dateTime' and target = 'date' then format('(%s at time zone ''UTC'')::date', sql)
  -- These three have no place among whole numbers, and saying so is an error that nobody could understand.
  when target = 'whole' then format('nullif(nullif(nullif(%s, ''NaN''), ''Infinity''), ''-Infinity'')::int4', sql)
  when target <> 'shown' or source = 'text' then sql
  when source = 'number' then format('trim_scale(%s)::text', sql)
  -- PostgreSQL writes dates as each session likes; this is ISO 8601 always.
  when source = 'date' then format(
    '(lpad(extract(year from %1$s)::text, 4, ''0'') || ''-'' || lpad(extract(month from %1$s)::text, 2, ''0'') || ''-'' || lpad(extract(day from %1$s)::text, 2, ''0''))', sql)
  else format('(%s)::text', sql)
end;

comment on function private.coerce(text, text, text) is
  'The SQL of an expression of one type, taken for another.';
--! EndIncluded private/expression_operators.sql
--! Included private/compile_call.sql
-- A call of an operator becomes SQL, after its arguments have; and what fields are
-- to an expression.

create or replace function private.compile_call(
  object_id uuid, node jsonb, path text, depth int, is_inlined boolean, seen uuid[],
  out sql text, out type text, out size int
)
language plpgsql stable
as $$
declare
  _sqls text[] := '{}';
  _types text[] := '{}';
  _arg record;
  _part record;
  _operator record;
begin
  if jsonb_typeof(node -> 'args') <> 'array' or jsonb_typeof(node -> 'op') <> 'string' then
    perform private.fail('EXPRN', 'A call is {op: <name>, args: [<expression>, …]}.', path);
  end if;
  if not exists (select from private.expression_operators o where o.name = node ->> 'op') then
    perform private.fail('EXPRN', format('There is no operator %s.', left(node ->> 'op', 40)), path || '.op');
  end if;
  size := 1;
  for _arg in select x.value, x.n - 1 as n from jsonb_array_elements(node -> 'args') with ordinality x (value, n) loop
    select * into _part
      from private.compile_node(object_id, _arg.value, format('%s.args[%s]', path, _arg.n), depth + 1, is_inlined, seen);
    _sqls := _sqls || coalesce(_part.sql, 'null');
    _types := _types || _part.type;
    size := size + _part.size;
    if size > 200 then
      perform private.fail('EXPRN', 'An expression has at most 200 parts.', path);
    end if;
  end loop;

  select * into _operator from private.choose_operator(node ->> 'op', _types);
  if _operator.template is null then
    perform private.fail('EXPRN', format('%s takes %s, not (%s).', node ->> 'op',
      (select string_agg(distinct format('(%s%s)', array_to_string(o.arguments, ', '), case when o.is_variadic then ', …' end), ' or ')
       from private.expression_operators o where o.name = node ->> 'op'),
      array_to_string(_types, ', ')), path);
  end if;
  type := _operator.result;
  sql := private.fill_template(_operator.template, _operator.arguments, _sqls, _types);
end
$$;

comment on function private.compile_call(uuid, jsonb, text, int, boolean, uuid[]) is
  'The SQL of {op, args}, its type and its number of parts.';

create or replace function private.choose_operator(
  name text, types text[], out template text, out arguments text[], out result text
)
language sql stable
begin atomic
  with _asked as (
    -- The one type that all arguments of the type any have together.
    select o.*, x.*
    from private.expression_operators o
    cross join lateral (
      select case
               when count(distinct t) = 0 then 'text'
               when count(distinct t) = 1 and min(t) <> 'other' then min(t)
               when array_agg(distinct t) <@ '{date,dateTime}' then 'dateTime'
             end as common
      from unnest(choose_operator.types) with ordinality u (t, n)
      where o.arguments[least(n, cardinality(o.arguments))] = 'any' and t <> 'nothing'
    ) x
    where o.name = choose_operator.name
      and case when o.is_variadic then cardinality(choose_operator.types) >= cardinality(o.arguments)
               else cardinality(choose_operator.types) = cardinality(o.arguments) end
  ), _wanted as (
    select a.template, array_replace(a.arguments, 'any', a.common) as arguments,
           replace(a.result, 'any', a.common) as result
    from _asked a where a.common is not null
  )
  select w.template, w.arguments, w.result
  from _wanted w
  cross join lateral (
    select sum(private.coercion_cost(t, w.arguments[least(n, cardinality(w.arguments))])) as cost,
           bool_and(private.coercion_cost(t, w.arguments[least(n, cardinality(w.arguments))]) is not null) as fits
    from unnest(choose_operator.types) with ordinality u (t, n)
  ) c
  where c.fits
  order by c.cost, array_position(array['number', 'text', 'dateTime', 'date'], w.arguments[1])
  limit 1;
end;

comment on function private.choose_operator(text, text[]) is
  'The operator of that name whose arguments are the nearest to these types; nothing when none fits.';

create or replace function private.fill_template(template text, arguments text[], sqls text[], types text[]) returns text
language plpgsql immutable
as $$
declare
  _arity int := cardinality(arguments);
  _made text[] := array(
    select private.coerce(s, types[n], arguments[least(n, _arity)]) from unnest(sqls) with ordinality u (s, n) order by n);
  _sql text := format(template, variadic _made[1:_arity]);
begin
  for _n in _arity + 1 .. cardinality(_made) loop
    _sql := format(template, _sql, _made[_n]);
  end loop;
  return _sql;
end
$$;

comment on function private.fill_template(text, text[], text[], text[]) is
  'An operator''s SQL with its arguments in their places, each made the type that is wanted.';

create or replace function private.expression_columns(_field core.fields)
returns table (name text, part text, type text)
language sql stable
begin atomic
  select p.column_name, p.part, p.type from private.field_parts(_field) p;
end;

comment on function private.expression_columns(core.fields) is
  'The columns of a field as expressions and indexes see them: name, part of a composite, SQL type.';

create or replace function private.column_type(_field core.fields) returns text
language sql stable
return (select min(c.type) from private.expression_columns(_field) c where c.part is null);

comment on function private.column_type(core.fields) is
  'The SQL type of a field of one column.';

create or replace function private.expression_type(sql_type text) returns text
language sql immutable
return case
  when sql_type in ('float8', 'int4', 'int8', 'numeric', 'double precision', 'integer', 'bigint') then 'number'
  when sql_type in ('text', 'boolean', 'date') then sql_type
  when sql_type = 'timestamptz' then 'dateTime'
  when sql_type = 'uuid' then 'id'
  else 'other'
end;

comment on function private.expression_type(text) is
  'What a column''s SQL type is to an expression.';
--! EndIncluded private/compile_call.sql
--! Included private/compile_literal.sql
-- The literals of expressions: numbers, texts, true, false, null, and dates.

create or replace function private.compile_literal(node jsonb, path text, out sql text, out type text)
language plpgsql immutable
as $$
begin
  case jsonb_typeof(node)
    when 'null' then
      sql := 'null';
      type := 'nothing';
    when 'boolean' then
      sql := format('%L::boolean', node::text);
      type := 'boolean';
    when 'number' then
      if length(node::text) > 50 then
        perform private.fail('EXPRN', 'A number has at most 50 digits.', path);
      end if;
      sql := format('%L::numeric', node::text);
      type := 'number';
    when 'string' then
      if length(node #>> '{}') > 1000 then
        perform private.fail('EXPRN', 'A text has at most 1000 characters.', path);
      end if;
      sql := format('%L::text', node #>> '{}');
      type := 'text';
    else
      perform private.fail('EXPRN', 'A list is no expression.', path);
  end case;
end
$$;

comment on function private.compile_literal(jsonb, text) is
  'The SQL of a literal, and its type.';

create or replace function private.compile_date(node jsonb, path text, out sql text, out type text)
language plpgsql immutable
as $$
declare
  _value text := coalesce(node ->> 'date', node ->> 'dateTime', '');
begin
  if node ? 'date' and _value ~ '^\d{4}-\d\d-\d\d$' then
    sql := format('%L::date', _value::date);
    type := 'date';
  elsif node ? 'dateTime' and _value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$' then
    perform _value::timestamptz;
    sql := format('%L::timestamptz', _value);
    type := 'dateTime';
  else
    perform private.fail('EXPRN', 'A date is written 2026-01-31, and a dateTime 2026-01-31T12:00:00Z.', path);
  end if;
exception when data_exception then
  perform private.fail('EXPRN', 'The calendar has no such date.', path);
end
$$;

comment on function private.compile_date(jsonb, text) is
  'The SQL of {date} or {dateTime}, and its type.';
--! EndIncluded private/compile_literal.sql
--! Included private/compile_expression.sql
-- An expression of an admin's becomes SQL. It comes as a tree, {"op": "multiply",
-- "args": [{"field": "amount"}, 0.9]}, of whitelisted operators, the object's own
-- fields and literals; names go through %I, literals through %L, and all else is
-- ours. Whatever does not fit is EXPRESSION_INVALID, with its place in the tree.

create or replace function private.compile_expression(
  object_id uuid, expression jsonb, path text default 'data.expression', is_inlined boolean default false,
  seen uuid[] default '{}', out sql text, out type text
)
language plpgsql stable
as $$
begin
  if octet_length(expression::text) > 50000 then
    perform private.fail('EXPRN', 'An expression has at most 200 parts.', path);
  end if;
  select n.sql, n.type into compile_expression.sql, compile_expression.type
    from private.compile_node(object_id, coalesce(expression, 'null'), path, 1, is_inlined, seen) n;
end
$$;

comment on function private.compile_expression(uuid, jsonb, text, boolean, uuid[]) is
  'The SQL of an expression over an object''s fields, and its type. Inlined, formula fields are written out, as generated columns may not use each other; seen are the formulas on the way here.';

create or replace function private.compile_node(
  object_id uuid, node jsonb, path text, depth int, is_inlined boolean, seen uuid[],
  out sql text, out type text, out size int
)
language plpgsql stable
as $$
declare
  _keys text[];
begin
  if depth > 30 then
    perform private.fail('EXPRN', 'An expression is at most 30 levels deep.', path);
  end if;
  size := 1;
  if jsonb_typeof(node) <> 'object' then
    select * into sql, type from private.compile_literal(node, path);
    return;
  end if;
  _keys := array(select jsonb_object_keys(node) order by 1);
  if _keys = '{args,op}' then
    select * into sql, type, size from private.compile_call(object_id, node, path, depth, is_inlined, seen);
  elsif _keys in ('{field}', '{field,part}') then
    select * into sql, type from private.compile_field(object_id, node, path, is_inlined, seen);
  elsif _keys in ('{date}', '{dateTime}') then
    select * into sql, type from private.compile_date(node, path);
  else
    perform private.fail('EXPRN', 'A part of an expression is a literal, {op, args}, {field}, {date} or {dateTime}.', path);
  end if;
  -- What formulas are made of is written out each time.
  if length(sql) > 30000 then
    perform private.fail('EXPRN', 'This expression is too large, with the formulas that it uses.', path);
  end if;
end
$$;

comment on function private.compile_node(uuid, jsonb, text, int, boolean, uuid[]) is
  'The SQL of one part of an expression, its type and its number of parts.';

create or replace function private.compile_field(
  object_id uuid, node jsonb, path text, is_inlined boolean, seen uuid[], out sql text, out type text
)
language plpgsql stable
as $$
declare
  _field core.fields;
  _column text;
  _type text;
begin
  select * into _field from core.fields f
    where f.object_id = compile_field.object_id and f.name = node ->> 'field';
  if not found then
    perform private.fail('EXPRN', format('This object has no field %s.', left(node ->> 'field', 63)), path);
  end if;
  if is_inlined and _field.settings ? 'formula' then
    if _field.id = any (seen) then
      perform private.fail('EXPRN', format('The formula of %s would be made of itself.', _field.name), path);
    elsif cardinality(seen) > 10 then
      perform private.fail('EXPRN', 'Formulas are at most 10 deep in each other.', path);
    end if;
    sql := private.formula_sql(_field, path, seen);
    _type := private.column_type(_field);
  elsif private.is_filling(_field) then
    perform private.fail('EXPRN', format('The formula of %s is not computed yet for all records.', _field.name), path);
  else
    select c.name, c.type into _column, _type from private.expression_columns(_field) c
      where c.part is not distinct from node ->> 'part';
    if not found then
      perform private.fail('EXPRN', format('The field %s has no value of its own there; one of a composite is {field, part}.', _field.name), path);
    end if;
    sql := format('%I', _column);
  end if;
  type := private.expression_type(_type);
  if type = 'number' and _type <> 'numeric' then
    sql := sql || '::numeric';
  end if;
end
$$;

comment on function private.compile_field(uuid, jsonb, text, boolean, uuid[]) is
  'The SQL of {field} or {field, part}, and its type.';

create or replace function private.expression_fields(expression jsonb) returns setof text
language sql immutable
begin atomic
  select distinct x #>> '{}' from jsonb_path_query(expression, '$.**.field') x;
end;

comment on function private.expression_fields(jsonb) is
  'The names of the fields that an expression is made of.';
--! EndIncluded private/compile_expression.sql
--! Included private/print_expression.sql
-- An expression as people write it; src/records/expressions.ts reads that again.

create or replace function private.print_expression(expression jsonb, is_part boolean default false) returns text
language plpgsql stable
as $$
declare
  _args text[];
  _symbol text;
begin
  if jsonb_typeof(expression) <> 'object' then
    return expression::text;
  elsif expression ? 'field' then
    return concat_ws('.', expression ->> 'field', expression ->> 'part');
  elsif expression ?| '{date,dateTime}' then
    return format('%s(%s)', (select k from jsonb_object_keys(expression) k), coalesce(expression -> 'date', expression -> 'dateTime'));
  end if;
  select o.symbol into _symbol from private.expression_operators o where o.name = expression ->> 'op' limit 1;
  select array_agg(private.print_expression(a, _symbol is not null) order by n) into _args
    from jsonb_array_elements(expression -> 'args') with ordinality x (a, n);
  return case
    when _symbol is null then format('%s(%s)', expression ->> 'op', array_to_string(_args, ', '))
    when is_part then format('(%s)', array_to_string(_args, format(' %s ', _symbol)))
    else array_to_string(_args, format(' %s ', _symbol))
  end;
end
$$;

comment on function private.print_expression(jsonb, boolean) is
  'An expression as text: amount * 0.9, if(stage = "WON", amount, 0).';
--! EndIncluded private/print_expression.sql
--! Included private/compile_row_rule.sql
-- The predicate of a rule of rows becomes SQL: a tree as private.compile_expression has it,
-- of few operators, which cannot fail whatever a record holds, and of two things more:
-- {member: "id" or a field}, of the caller's own record among the workspaceMembers, and
-- {colleagues: a field}, the members in whom that field is as in him.

create or replace function private.compile_row_rule(object_id uuid, predicate jsonb, path text) returns text
language plpgsql stable
as $$
declare
  _sql text;
  _type text;
begin
  if octet_length(predicate::text) > 20000 then
    perform private.fail('EXPRN', 'A rule has at most 100 parts.', path);
  end if;
  select n.sql, n.type into _sql, _type from private.compile_rule_node(object_id, coalesce(predicate, 'null'), path, 1) n;
  if _type <> 'boolean' then
    perform private.fail('EXPRN', 'A rule is true or false of a record.', path);
  end if;
  return _sql;
end
$$;

comment on function private.compile_row_rule(uuid, jsonb, text) is
  'The SQL of a rule''s predicate. Nothing that is not whitelisted comes through.';

create or replace function private.row_rule_operators() returns text[]
language sql immutable
return '{equals,notEquals,less,lessOrEqual,greater,greaterOrEqual,and,or,not,isNull,isNotNull,contains,startsWith,endsWith}'::text[];

comment on function private.row_rule_operators() is
  'The operators of expressions that rules of rows may use: those that cannot fail. in, has, isEmpty and isNotEmpty are rules'' own.';

create or replace function private.compile_rule_node(
  object_id uuid, node jsonb, path text, depth int, out sql text, out type text
)
language plpgsql stable
as $$
declare
  _keys text[];
  _op text := node ->> 'op';
begin
  if depth > 20 then
    perform private.fail('EXPRN', 'A rule is at most 20 levels deep.', path);
  elsif jsonb_typeof(node) <> 'object' then
    select l.sql, l.type into compile_rule_node.sql, compile_rule_node.type from private.compile_literal(node, path) l;
    return;
  end if;
  _keys := array(select jsonb_object_keys(node) order by 1);
  if _keys in ('{field}', '{field,part}') then
    select f.sql, f.type into compile_rule_node.sql, compile_rule_node.type from private.compile_field(object_id, node, path, false, '{}') f;
  elsif _keys in ('{member}', '{member,part}') then
    select m.sql, m.type into compile_rule_node.sql, compile_rule_node.type from private.compile_member(node, path) m;
  elsif _keys in ('{date}', '{dateTime}') then
    select d.sql, d.type into compile_rule_node.sql, compile_rule_node.type from private.compile_date(node, path) d;
  elsif _keys = '{now}' and node ->> 'now' = any ('{date,dateTime}') then
    type := node ->> 'now';
    sql := case type when 'date' then '(now() at time zone ''UTC'')::date' else 'now()' end;
  elsif _keys <> '{args,op}' or jsonb_typeof(node -> 'args') <> 'array' or jsonb_array_length(node -> 'args') not between 1 and 100 then
    perform private.fail('EXPRN', 'A part of a rule is a literal, {op, args}, {field}, {member}, {date}, {dateTime} or {now}.', path);
  elsif _op in ('in', 'has', 'isEmpty', 'isNotEmpty') then
    sql := private.compile_rule_test(object_id, node, path, depth);
    type := 'boolean';
  elsif _op = any (private.row_rule_operators()) then
    select c.sql, c.type into compile_rule_node.sql, compile_rule_node.type from private.compile_rule_call(object_id, node, path, depth) c;
  else
    perform private.fail('EXPRN', format('Rules have no operator %s.', left(_op, 40)), path || '.op');
  end if;
end
$$;

comment on function private.compile_rule_node(uuid, jsonb, text, int) is
  'The SQL of one part of a rule, and its type.';

create or replace function private.compile_rule_call(
  object_id uuid, node jsonb, path text, depth int, out sql text, out type text
)
language plpgsql stable
as $$
declare
  _sqls text[];
  _types text[];
  _operator record;
begin
  select array_agg(p.sql order by n), array_agg(p.type order by n) into _sqls, _types
    from jsonb_array_elements(node -> 'args') with ordinality a (arg, n),
         private.compile_rule_node(object_id, a.arg, format('%s.args[%s]', path, n - 1), depth + 1) p;
  -- Ids are written as texts.
  if 'id' = any (_types) then
    select array_agg(private.literal_id(s, t, a, path) order by n), array_agg(case when t = 'text' and jsonb_typeof(a) = 'string' then 'id' else t end order by n)
      into _sqls, _types
      from unnest(_sqls, _types) with ordinality x (s, t, n) join jsonb_array_elements(node -> 'args') with ordinality y (a, m) on m = n;
  end if;
  select * into _operator from private.choose_operator(node ->> 'op', _types);
  if _operator.template is null or exists (
      select from unnest(_types) with ordinality u (t, n)
      where not (t = _operator.arguments[least(n, cardinality(_operator.arguments))] or t in ('nothing', 'date') or _operator.arguments[1] = 'anything')) then
    perform private.fail('EXPRN', format('%s does not take (%s).', node ->> 'op', array_to_string(_types, ', ')), path);
  end if;
  type := _operator.result;
  sql := private.fill_template(_operator.template, _operator.arguments, _sqls, _types);
  if node ->> 'op' = 'equals' and '{"member": "id"}' in (node -> 'args' -> 0, node -> 'args' -> 1) then
    -- Whose records it looks for, the planner learns by the question without a sub-select: decision 0013.
    sql := format('(%s and %s)', sql, replace(sql, '(select authz.member_id())', 'authz.member_id()'));
  end if;
end
$$;

comment on function private.compile_rule_call(uuid, jsonb, text, int) is
  'The SQL of a comparison or a junction in a rule, and its type.';

create or replace function private.literal_id(sql text, type text, node jsonb, path text) returns text
language plpgsql immutable
as $$
begin
  if type <> 'text' or jsonb_typeof(node) <> 'string' then
    return sql;
  end if;
  return format('%L::uuid', (node #>> '{}')::uuid);
exception when invalid_text_representation then
  perform private.fail('EXPRN', 'A record is named by its id, which is a UUID.', path);
end
$$;

comment on function private.literal_id(text, text, jsonb, text) is
  'A text beside ids, as an id.';

create or replace function private.compile_rule_test(object_id uuid, node jsonb, path text, depth int) returns text
language plpgsql stable
as $$
declare
  _args jsonb := node -> 'args';
  _column text := private.rule_array(object_id, _args -> 0);
  _left record;
  _rest text[];
begin
  if node ->> 'op' in ('isEmpty', 'isNotEmpty') then
    if jsonb_array_length(_args) <> 1 then
      perform private.fail('EXPRN', format('%s takes one argument.', node ->> 'op'), path);
    end if;
    select * into _left from private.compile_rule_node(object_id, _args -> 0, path || '.args[0]', depth + 1);
    return format(case node ->> 'op' when 'isEmpty' then '(%s)' else '(not %s)' end, case
      when _column is not null then format('coalesce(%I = ''{}'', true)', _column)
      when _left.type = 'text' then format('(coalesce(%s, '''') = '''')', _left.sql)
      else format('(%s is null)', _left.sql) end);
  elsif node ->> 'op' = 'has' then
    if _column is null or jsonb_array_length(_args) <> 2 or jsonb_typeof(_args -> 1) <> 'string' then
      perform private.fail('EXPRN', 'has takes a field of several values and a text.', path);
    end if;
    return format('(%I @> array[%L]::text[])', _column, _args ->> 1);
  end if;

  select * into _left from private.compile_rule_node(object_id, _args -> 0, path || '.args[0]', depth + 1);
  if _args -> 1 ? 'colleagues' then
    if _left.type <> 'id' or jsonb_array_length(_args) <> 2 then
      perform private.fail('EXPRN', 'Colleagues are compared with a relation to a workspaceMember.', path);
    end if;
    -- The list twice: decision 0013.
    return format('(%1$s = any ((select %2$s)::uuid[]) and %1$s = any (%2$s))', _left.sql, private.compile_colleagues(_args -> 1, path || '.args[1]'));
  end if;
  -- As many comparisons; the planner makes one lookup of them.
  select array_agg((private.compile_rule_call(object_id, jsonb_build_object('op', 'equals', 'args', jsonb_build_array(_args -> 0, a)),
                      format('%s.args[%s]', path, n - 1), depth + 1)).sql order by n) into _rest
    from jsonb_array_elements(_args) with ordinality x (a, n) where n > 1;
  if _rest is null then
    perform private.fail('EXPRN', 'in takes a field and values.', path);
  end if;
  return format('(%s)', array_to_string(_rest, ' or '));
end
$$;

comment on function private.compile_rule_test(uuid, jsonb, text, int) is
  'The SQL of in, has, isEmpty and isNotEmpty.';

create or replace function private.rule_array(object_id uuid, node jsonb) returns text
language sql stable
return (
  select p.column_name from core.fields f, private.field_parts(f) p
  where f.object_id = rule_array.object_id and f.name = node ->> 'field' and p.part is not distinct from node ->> 'part' and p.type = 'text[]'
);

comment on function private.rule_array(uuid, jsonb) is
  'The column of a field of several texts; null for any other.';
--! EndIncluded private/compile_row_rule.sql
--! Included private/compile_member.sql
-- What a rule asks of the member who calls: compiled here, worked out by private.limit_rows,
-- put into the transaction by authz.claim, and answered by authz.my and authz.colleagues.

create or replace function private.member_field(name text, part text, path text, out column_name text, out type text)
language plpgsql stable
as $$
declare
  _object core.objects := (
    select o from core.objects o where o.workspace_id = authz.workspace_id() and o.name_singular = 'workspaceMember' and not o.is_custom);
  _field core.fields;
begin
  select * into _field from core.fields f where f.object_id = _object.id and f.name = member_field.name;
  if not found then
    perform private.fail('EXPRN', format('A workspaceMember has no field %s.', left(member_field.name, 63)), path);
  end if;
  select c.name, c.type into member_field.column_name, member_field.type
    from private.expression_columns(_field) c where c.part is not distinct from member_field.part;
  if not found or private.expression_type(member_field.type) = 'other' then
    perform private.fail('EXPRN', format('The field %s of a workspaceMember has no value of its own to compare with.', _field.name), path);
  end if;
end
$$;

comment on function private.member_field(text, text, text) is
  'The column of a workspaceMember''s field, and its SQL type; EXPRESSION_INVALID when there is none to compare with.';

create or replace function private.compile_member(node jsonb, path text, out sql text, out type text)
language plpgsql stable
as $$
declare
  _field record;
begin
  if node ->> 'member' = 'id' then
    sql := '(select authz.member_id())';
    type := 'id';
    return;
  end if;
  select * into _field from private.member_field(node ->> 'member', node ->> 'part', path);
  type := private.expression_type(_field.type);
  sql := format('(select authz.my(%L))::%s', _field.column_name, _field.type)
    || case when type = 'number' and _field.type <> 'numeric' then '::numeric' else '' end;
end
$$;

comment on function private.compile_member(jsonb, text) is
  'The SQL of {member}, and its type.';

create or replace function private.compile_colleagues(node jsonb, path text) returns text
language plpgsql stable
as $$
begin
  return format('authz.colleagues(%L)', (private.member_field(node ->> 'colleagues', node ->> 'part', path)).column_name);
end
$$;

comment on function private.compile_colleagues(jsonb, text) is
  'The SQL of {colleagues}: a list of ids.';

create or replace function private.member_columns(predicate jsonb) returns text[]
language sql stable
return array(
  select distinct f.column_name
  from jsonb_path_query(predicate, 'strict $.** ? (exists(@.member) || exists(@.colleagues))') n
  cross join lateral private.member_field(coalesce(n ->> 'member', n ->> 'colleagues'), n ->> 'part', '') f
  where n ->> 'member' is distinct from 'id'
);

comment on function private.member_columns(jsonb) is
  'The columns of the members that a rule of rows is about.';
--! EndIncluded private/compile_member.sql
--! Included private/tg_workspace_member__rule_fields.sql
-- A field of a member that rules of rows ask about ({"member": "team"}) says which records
-- he sees. All else of his own record is his to change; that would be a way up.

create or replace function private.tg_workspace_member__rule_fields() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _column text;
begin
  -- Who claims nothing is a DBA at psql; and who leaves takes what is known of him along.
  if authz.user_id() is null or authz.user_id() = authz.machine_id() or new.user_id is null
    or authz.has_permission('members') and (new.id is distinct from authz.member_id() or private.sees_all())
  then
    return new;
  end if;
  select n.key into _column
    from jsonb_each(to_jsonb(new)) n join jsonb_each(to_jsonb(old)) o on o.key = n.key and o.value is distinct from n.value
    where exists (select from core.row_rules r where r.workspace_id = authz.workspace_id() and n.key = any (r.member_columns))
    limit 1;
  if found then
    raise exception using errcode = '42501', message = 'This field decides who sees which records: those who manage members change it.';
  end if;
  return new;
end
$$;

comment on function private.tg_workspace_member__rule_fields() is
  'Lets nobody but who manages members, and sees all, change a field by which rules of rows decide what its member sees.';
--! EndIncluded private/tg_workspace_member__rule_fields.sql
--! Included private/print_row_rule.sql
-- A rule of rows as people read it: accountOwner = me or accountOwner in colleagues(team).

create or replace function private.print_row_rule(node jsonb, is_part boolean default false) returns text
language plpgsql stable
as $$
declare
  _op text := node ->> 'op';
  _args text[];
  _symbol text;
begin
  if jsonb_typeof(node) <> 'object' or node ?| '{field,date,dateTime}' then
    return private.print_expression(node);
  elsif node ? 'member' then
    return case node ->> 'member' when 'id' then 'me' else 'me.' || concat_ws('.', node ->> 'member', node ->> 'part') end;
  elsif node ? 'colleagues' then
    return format('colleagues(%s)', concat_ws('.', node ->> 'colleagues', node ->> 'part'));
  elsif node ? 'now' then
    return case node ->> 'now' when 'date' then 'today' else 'now' end;
  end if;
  select o.symbol into _symbol from private.expression_operators o where o.name = _op limit 1;
  select array_agg(private.print_row_rule(a, _symbol is not null) order by n) into _args
    from jsonb_array_elements(node -> 'args') with ordinality x (a, n);
  return case
    when _op = 'in' and node -> 'args' -> 1 ? 'colleagues' then format('%s in %s', _args[1], _args[2])
    when _op = 'in' then format('%s in (%s)', _args[1], array_to_string(_args[2:], ', '))
    when _op in ('isEmpty', 'isNull') then _args[1] || ' is empty'
    when _op in ('isNotEmpty', 'isNotNull') then _args[1] || ' is not empty'
    when _op = 'not' then format('not (%s)', _args[1])
    when _symbol is null then format('%s(%s)', _op, array_to_string(_args, ', '))
    when is_part then format('(%s)', array_to_string(_args, format(' %s ', _symbol)))
    else array_to_string(_args, format(' %s ', _symbol))
  end;
end
$$;

comment on function private.print_row_rule(jsonb, boolean) is
  'A rule of rows as text: accountOwner = me or stage in ("WON", "LOST").';
--! EndIncluded private/print_row_rule.sql

-- Metadata becomes tables.
--! Included private/build_row_policies.sql
-- The rules of rows become policies of their object's table. Each policy is about one
-- action and asks what authz.claim has put into the transaction; whose rules they are is
-- never a matter of the PostgreSQL role. Decision 0012 tells why they are written so.

create or replace function private.alternatives(predicate jsonb) returns setof jsonb
language plpgsql immutable
as $$
begin
  -- Each stands for itself, so that each can be looked up in an index of its own.
  if predicate ->> 'op' = 'or' then
    return query select private.alternatives(a) from jsonb_array_elements(predicate -> 'args') a;
  else
    return next predicate;
  end if;
end
$$;

comment on function private.alternatives(jsonb) is
  'What is or-ed together at the top of a predicate.';

create or replace function private.rows_condition(_object core.objects, action text) returns text
language sql stable
return (
  select format('id >= authz.open_from(%L)', _object.name_plural || '.' || rows_condition.action)
    || string_agg(format(' or (select authz.has_rule(%L, %L)) and %s', r.id, rows_condition.action,
         private.compile_row_rule(_object.id, a.predicate, 'predicate')), '' order by r.id, a.n)
  from core.row_rules r, private.alternatives(r.predicate) with ordinality a (predicate, n)
  where r.object_id = _object.id and rows_condition.action = any (r.actions)
  having count(*) > 0
);

comment on function private.rows_condition(core.objects, text) is
  'Which records are open for an action, as a policy asks; null when no role has a rule for it.';

create or replace function private.build_row_policies(object_id uuid, tbl text) returns void
language plpgsql
as $$
declare
  _object core.objects;
  _read text;
  _write text;
  _policy record;
begin
  select * into strict _object from core.objects o where o.id = build_row_policies.object_id;
  if not exists (select from core.row_rules r where r.object_id = _object.id) then
    return;
  end if;
  _read := private.rows_condition(_object, 'read');
  for _policy in
    select x.name, x.kind, x.condition from (values
      ('rows_read', 'select', _read),
      ('rows_created', 'insert', private.rows_condition(_object, 'create')),
      -- Nobody writes what he does not see, nor out of his own sight.
      ('rows_updated', 'update', private.both_conditions(private.rows_condition(_object, 'update'), _read)),
      ('rows_deleted', 'update', 'deleted_at is null or ' || private.rows_condition(_object, 'delete')),
      ('rows_destroyed', 'delete', private.both_conditions(private.rows_condition(_object, 'destroy'), _read))) x (name, kind, condition)
    where x.condition is not null
  loop
    perform private.run(format('create policy %I on %s as restrictive for %s to relata_reader %s (%s)', _policy.name, tbl, _policy.kind,
      case _policy.kind when 'insert' then 'with check' else 'using' end, _policy.condition));
  end loop;
end
$$;

comment on function private.build_row_policies(uuid, text) is
  'Makes the policies of an object''s rules of rows, on its table or another that stands for it.';

create or replace function private.both_conditions(one text, other text) returns text
language sql immutable
return case when one is not null and other is not null then format('(%s) and (%s)', one, other) else coalesce(one, other) end;

comment on function private.both_conditions(text, text) is
  'Two conditions, either of which may be missing, as one.';

create or replace function private.rebuild_row_policies(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.drop_row_policies(object_id);
  if to_regclass(_tbl) is not null then
    perform private.build_row_policies(object_id, _tbl);
  end if;
end
$$;

comment on function private.rebuild_row_policies(uuid) is
  'Lets the policies of an object''s table follow its rules of rows.';

create or replace function private.drop_row_policies(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.run(format('drop policy %I on %s', p.polname, _tbl))
    from pg_policy p where p.polrelid = to_regclass(_tbl) and p.polname like 'rows\_%' and not p.polpermissive;
end
$$;

comment on function private.drop_row_policies(uuid) is
  'Takes the policies of its rules of rows off an object''s table.';
--! EndIncluded private/build_row_policies.sql
--! Included private/build_policies.sql
-- Who may do what with an object's records: grants say what a guest and a member
-- can do at all, policies say in which workspace and with which permission.

create or replace function private.build_policies(object_id uuid, tbl text default null) returns void
language plpgsql
as $$
declare
  _object record;
begin
  select o.*, coalesce(build_policies.tbl, format('%I.%I', w.schema_name, o.table_name)) as tbl
    into strict _object
    from core.objects o join core.workspaces w on w.id = o.workspace_id
    where o.id = build_policies.object_id;

  perform private.run(format('alter table %s enable row level security', _object.tbl));
  perform private.run(format('alter table %s force row level security', _object.tbl));

  -- The constant stands inside the sub-select, or the planner guesses badly.
  perform private.run(format(
    'create policy in_workspace on %s as restrictive using ((select authz.workspace_id() = %L))',
    _object.tbl, _object.workspace_id));
  perform private.run(format(
    'create policy readers on %s for select to relata_reader using ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.read'));
  perform private.run(format(
    'create policy creators on %s for insert to relata_writer with check ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.create'));
  perform private.run(format(
    'create policy updaters on %s for update to relata_writer using ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.update'));
  -- A deleted record is written, and a record deleted or restored, by those who may delete.
  perform private.run(format(
    'create policy deleters on %s as restrictive for update to relata_writer using (deleted_at is null or (select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.delete'));
  -- Taking a record away for good is a right of its own.
  perform private.run(format(
    'create policy destroyers on %s for delete to relata_writer using ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.destroy'));
  -- What colleagues know of a member is his own to change, and else for those who manage members.
  if _object.name_singular = 'workspaceMember' and not _object.is_custom then
    perform private.run(format(
      $policy$create policy member_creators on %s as restrictive for insert to relata_writer
        with check ((select authz.has_permission('members')))$policy$, _object.tbl));
    perform private.run(format(
      $policy$create policy member_updaters on %s as restrictive for update to relata_writer
        using (id = (select authz.member_id()) or (select authz.has_permission('members')))
        with check (user_id = (select authz.user_id()) and deleted_at is null or (select authz.has_permission('members')))$policy$,
      _object.tbl));
    -- Only of who is no member any more.
    perform private.run(format(
      $policy$create policy member_destroyers on %s as restrictive for delete to relata_writer
        using (deleted_at is not null and (select authz.has_permission('members')))$policy$, _object.tbl));
    if build_policies.tbl is null then
      perform private.run(format('create or replace trigger _800_my_values after insert or update or delete on %s for each statement execute function private.tg__my_values()', _object.tbl));
    end if;
  end if;
  perform private.run(format('create policy machine on %s to relata_owner using (true)', _object.tbl));

  perform private.build_row_policies(object_id, _object.tbl);

  perform private.grant_table(_object.tbl);
end
$$;

comment on function private.build_policies(uuid, text) is
  'Puts an object''s table (or another that stands for it) under row level security and lets guests read it and members destroy. Columns are granted by private.grant_columns.';

create or replace function private.grant_table(tbl text) returns void
language plpgsql
as $$
begin
  perform private.run(format('grant select on %s to relata_guest', tbl));
  perform private.run(format('grant delete on %s to relata_member', tbl));
end
$$;

comment on function private.grant_table(text) is
  'Lets guests read a table''s records, and members destroy them, where the policies agree.';

create or replace function private.grant_columns(tbl text, columns text[]) returns void
language plpgsql
as $$
declare
  _created text := (select string_agg(format('%I', c), ', ') from unnest(columns) c
                    where c <> 'deleted_at');
  _changed text := (select string_agg(format('%I', c), ', ') from unnest(columns) c
                    where c not in ('id', 'created_at'));
begin
  -- format answers null for a null list, and executing nothing is an error.
  if _created is not null then
    perform private.run(format('grant insert (%s) on %s to relata_member', _created, tbl));
  end if;
  if _changed is not null then
    perform private.run(format('grant update (%s) on %s to relata_member', _changed, tbl));
  end if;
end
$$;

comment on function private.grant_columns(text, text[]) is
  'Lets members write these columns of a table; what is not granted is not in the API''s inputs. An id and a date of creation are given once, and nothing is created deleted.';
--! EndIncluded private/build_policies.sql
--! Included private/build_field.sql
-- A field's row becomes columns. Identifiers go through %I and values through %L;
-- the only bare SQL is what db/field_types/ declares.

create or replace function private.is_relation_shown(_relation core.relations) returns boolean
language sql stable
begin atomic
  select bool_and(o.is_active) and (select f.is_active from core.fields f where f.id = _relation.from_field_id)
  from core.objects o where o.id in (_relation.from_object_id, _relation.to_object_id, _relation.junction_object_id);
end;

comment on function private.is_relation_shown(core.relations) is
  'Whether the API shows a relation: the field that has its key is active, and all its objects are.';

create or replace function private.is_filling(_field core.fields) returns boolean
language sql immutable
return _field.settings ? 'formula' and 'FILL' = any (_field.building);

comment on function private.is_filling(core.fields) is
  'Whether a formula is not yet computed for all records, so that nobody is to see it.';

create or replace function private.is_shown(_field core.fields) returns boolean
language sql stable
begin atomic
  select _field.is_active and not private.is_filling(_field)
    and (select o.is_active from core.objects o where o.id = _field.object_id)
    and (_field.type not in ('RELATION', 'MORPH_RELATION') or exists (
      select from core.relations r
      where _field.id in (r.from_field_id, r.to_field_id) and private.is_relation_shown(r)));
end;

comment on function private.is_shown(core.fields) is
  'Whether the API shows a field: it and its object are active, and what it relates to.';

create or replace function private.field_columns(_field core.fields)
returns table (column_name text, definition text, checks text[], is_writable boolean)
language plpgsql stable
as $$
declare
  _type core.field_types;
begin
  select * into strict _type from core.field_types t where t.name = _field.type;

  if _field.settings ?| '{formula,rollup}' then
    return query select * from private.derived_columns(_field);
    return;
  end if;

  return query
    select p.column_name,
           concat_ws(' ', format('%I', p.column_name), p.type,
             case when not 'FILL' = any (_field.building) then 'default ' || private.default_sql(_field, p.spec, p.type) end,
             case when p.is_required and p.part is null and not 'REQUIRED' = any (_field.building) then 'not null' end),
           array_remove(array[
             format('constraint %I check (', p.path || '_check') || private.check_sql(_field, p.spec, format('%I', p.column_name)) || ')',
             -- A part is not just not null: the name of this leads to its path, which a column's would not.
             case when p.is_required and p.part is not null then
               format('constraint %I check (%I is not null)', p.path || '_given', p.column_name) end], null),
           not _type.is_system or _field.type = 'POSITION'
    from private.field_parts(_field) p
    where _type.name not in ('RELATION', 'TS_VECTOR');
end
$$;

comment on function private.field_columns(core.fields) is
  'The columns a field becomes, each with its definition and its checks, and whether members write it.';

create or replace function private.build_field(field_id uuid) returns void
language plpgsql
as $$
declare
  _field core.fields := private.expanded(field_id);
  _tbl text := private.table_of(_field.object_id);
  _column record;
begin
  for _column in select * from private.field_columns(_field) loop
    -- What stands in the rows there are was tried with the default, and reading them all would hold up everybody.
    perform private.run(concat_ws(', add ', format('alter table %s add column %s', _tbl, _column.definition),
      (select string_agg(c || ' not valid', ', add ') from unnest(_column.checks) c)));
    if _column.is_writable then
      perform private.grant_columns(_tbl, array[_column.column_name]);
    end if;
  end loop;
  perform private.comment_field(_field);
  if _field.is_kept then
    perform private.build_kept_formulas(_field.object_id);
  elsif 'FILL' = any (_field.building) then
    perform private.set_default(_tbl, _field, p.column_name, p.spec, p.type) from private.field_parts(_field) p;
    perform private.require_later(_field, _field.building);
  end if;
  perform private.index_field(_field);
  if _field.settings ? 'rollup' then
    perform private.build_rollup(_field);
  end if;
end
$$;

comment on function private.build_field(uuid) is
  'Adds a field''s columns to its object''s table, with grants, comments and its unique index.';

create or replace function private.table_of(object_id uuid) returns text
language sql stable
return (
  select format('%I.%I', w.schema_name, o.table_name)
  from core.objects o join core.workspaces w on w.id = o.workspace_id
  where o.id = table_of.object_id
);

comment on function private.table_of(uuid) is
  'An object''s table, qualified and quoted.';

create or replace function private.comment_field(_field core.fields) returns void
language plpgsql
as $$
declare
  _part record;
begin
  for _part in
    select p.* from private.field_parts(_field) p
    join pg_attribute a on a.attrelid = private.table_of(_field.object_id)::regclass and a.attname = p.column_name
    where _field.type <> 'RELATION'
  loop
    -- Smart tags: PostGraphile reads the name, the type and the options from here.
    perform private.run(format('comment on column %s.%I is %L',
      private.table_of(_field.object_id), _part.column_name,
      private.smart_comment(
        array['@field ' || _field.name,
              '@type ' || _field.type,
              case when not private.is_shown(_field) then '@hidden' end,
              '@part ' || _part.part,
              case when _field.is_unique and _part.is_unique then
                '@unique' || case when (_field.settings ->> 'isCaseInsensitive')::boolean then ' lower' else '' end end,
              case when _field.type = 'TS_VECTOR' then (select private.searched_tag(o) from core.objects o where o.id = _field.object_id) end,
              '@options ' || coalesce(
                (select string_agg(o, ' ' order by n) from jsonb_array_elements_text(_part.spec -> 'options') with ordinality x (o, n)),
                (select string_agg(o ->> 'value', ' ' order by (o ->> 'position')::int) from jsonb_array_elements(_field.options) o))],
        _field.description)));
  end loop;
end
$$;

comment on function private.comment_field(core.fields) is
  'Writes what PostGraphile needs to know of a field as comments on its columns.';

create or replace function private.rebuild_checks(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _check text;
begin
  for _check in
    select format('drop constraint %I', c.conname)
    from private.field_parts(_field) p join pg_constraint c
      on c.conrelid = _tbl::regclass and c.contype = 'c' and c.conname in (p.path || '_check', p.path || '_given')
    union all
    select 'add ' || unnest(c.checks) || case when private.is_large(_field.object_id) then ' not valid' else '' end
    from private.field_columns(_field) c
  loop
    perform private.run(format('alter table %s %s', _tbl, _check));
  end loop;
  if private.is_large(_field.object_id) then
    perform private.build_later(_field.id, '{CHECKS}');
  end if;
end
$$;

comment on function private.rebuild_checks(core.fields) is
  'Makes the checks of a field follow its settings, options and nullability; 23514 when a record breaks a new one, which on a large table a job finds out.';
--! EndIncluded private/build_field.sql
--! Included private/index_field.sql
-- A unique field's index: among the records that are not deleted.

create or replace function private.unique_index(_field core.fields, out name text, out definition text, out keys text[], out condition text)
language plpgsql stable
as $$
declare
  _path text;
begin
  select array_agg(format('%I', p.column_name)), case when count(*) = 1 then min(p.path) else _field.column_name end
    into keys, _path
    from private.field_parts(_field) p where p.is_unique;
  -- Named by its path, so that an error leads back to the field.
  name := _path || '_key_' || right(_field.object_id::text, 8);
  if coalesce((_field.settings ->> 'isCaseInsensitive')::boolean, false) then
    keys[1] := format('lower(%s)', keys[1]);
  end if;
  -- Among living rows only: a deleted record must not hold its address. A number without
  -- its country is unique too.
  condition := 'deleted_at is null' || case when cardinality(keys) > 1 then format(' and %s is not null', keys[1]) else '' end;
  definition := format('(%s)%s where %s', array_to_string(keys, ', '),
    case when cardinality(keys) > 1 then ' nulls not distinct' else '' end, condition);
end
$$;

comment on function private.unique_index(core.fields) is
  'What the index of a unique field is called, and what it is over: its definition, and the keys and the condition in it.';

create or replace function private.index_field(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _index record;
begin
  if not _field.is_unique then
    return;
  end if;
  select * into _index from private.unique_index(_field);
  -- Indexes and tables share their names in a schema, and an object may be called anything.
  if to_regclass(split_part(_tbl, '.', 1) || '.' || quote_ident(_index.name)) is not null then
    perform private.fail('NAMEX', 'That name is taken.', 'data.name');
  end if;
  if private.is_large(_field.object_id) then
    perform private.build_later(_field.id, '{UNIQUE}');
  else
    perform private.run(format('create unique index %I on %s %s', _index.name, _tbl, _index.definition));
  end if;
end
$$;

comment on function private.index_field(core.fields) is
  'Makes a unique field unique, among the records that are not deleted.';
--! EndIncluded private/index_field.sql
--! Included private/build_later.sql
-- What would hold up everybody on a large table is left to a job (tasks/finish_build.ts):
-- the change makes what needs no row to be read, and notes the steps that are left.

create or replace function private.is_large(object_id uuid) returns boolean
language sql stable
-- Asked of the planner's statistics and of the file: counting would take as long as building.
return coalesce((
  select c.reltuples > 50000 or pg_relation_size(c.oid) > 64 * 1024 * 1024
  from pg_class c where c.oid = to_regclass(private.table_of(is_large.object_id))
), false);

comment on function private.is_large(uuid) is
  'Whether an object has so many records that nobody may wait until they are all read.';

create or replace function private.queue_build(workspace_id uuid, kind text, id uuid) returns void
language plpgsql
as $$
begin
  execute 'select graphile_worker.queue_job($1, $2, $3)' using 'finish_build',
    json_build_object('workspaceId', workspace_id, 'kind', kind, 'id', id),
    format('finish_build.%s.%s.%s', workspace_id, kind, id);
end
$$;

comment on function private.queue_build(uuid, text, uuid) is
  'Leaves the rest of a FIELD or of a RULE to a job, once this is committed.';

create or replace function private.queue_index(_index core.indexes) returns void
language plpgsql
as $$
begin
  execute 'select graphile_worker.queue_job($1, $2, $3)' using 'build_index',
    json_build_object('workspaceId', _index.workspace_id, 'indexId', _index.id, 'name', _index.name),
    format('build_index.%s.%s.%s', _index.workspace_id, _index.id, _index.name);
end
$$;

comment on function private.queue_index(core.indexes) is
  'Leaves it to a job to make an index, once this is committed.';

create or replace function private.build_later(field_id uuid, steps text[]) returns core.fields
language plpgsql
as $$
declare
  _field core.fields;
begin
  update core.fields f
    set building = array(select s from unnest('{FILL,CHECKS,REQUIRED,UNIQUE,KEYS,INDEXES}'::text[]) with ordinality x (s, n)
                         where s = any (f.building || steps) order by n),
        status = 'BUILDING', status_reason = null
    where f.id = build_later.field_id
    returning * into strict _field;
  perform private.queue_build(_field.workspace_id, 'FIELD', _field.id);
  return _field;
end
$$;

comment on function private.build_later(uuid, text[]) is
  'Adds to what a job has still to do of a field; answers the field''s row.';

create or replace function private.build_no_more(field_id uuid, step text) returns void
language sql
begin atomic
  update core.fields f
  set building = array_remove(f.building, step),
      status = case when f.building <@ array[step] then 'READY' else f.status end,
      status_reason = case when f.building <@ array[step] then null else f.status_reason end
  where f.id = build_no_more.field_id and step = any (f.building);
end;

comment on function private.build_no_more(uuid, text) is
  'Takes from what a job has still to do of a field, as it is not wanted any more.';

create or replace function private.expanded(field_id uuid) returns core.fields
language plpgsql
as $$
declare
  _field core.fields;
  _is_volatile boolean;
begin
  select * into strict _field from core.fields f where f.id = expanded.field_id;
  if not private.is_large(_field.object_id) or _field.settings ? 'rollup' then
    return _field;
  elsif _field.settings ? 'formula' then
    update core.fields f set is_kept = true where f.id = _field.id;
    return private.build_later(_field.id, '{FILL}');
  end if;
  -- A default that is another for each record would be written into each of them at once.
  select coalesce(bool_or(f.provolatile = 'v'), false) into _is_volatile
    from private.field_parts(_field) p
    join lateral (select private.default_sql(_field, p.spec, p.type) as sql) d on d.sql ~ '^[a-z_0-9.]+\(\)$'
    join pg_proc f on f.oid = to_regprocedure(d.sql);
  if _is_volatile then
    return private.build_later(_field.id, case when _field.is_nullable then '{FILL}' else '{FILL,CHECKS,REQUIRED}' end::text[]);
  end if;
  return _field;
end
$$;

comment on function private.expanded(uuid) is
  'A new field''s row; on a large table with what is left to a job, when its column cannot be there with all its values at once.';

create or replace function private.require_later(_field core.fields, steps text[] default '{CHECKS,REQUIRED}') returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _part record;
begin
  for _part in
    select p.* from private.field_parts(_field) p
    where p.is_required and p.part is null
      and not exists (select from pg_constraint c where c.conrelid = _tbl::regclass and c.conname = p.path || '_given')
  loop
    -- It binds whoever writes from now on, and once all records pass it, NOT NULL need not read them.
    perform private.run(format('alter table %s add constraint %I check (%I is not null) not valid', _tbl, _part.path || '_given', _part.column_name));
  end loop;
  perform private.build_later(_field.id, steps);
end
$$;

comment on function private.require_later(core.fields, text[]) is
  'Requires a field of what is written from now on, and leaves it to a job to look at the records there are.';
--! EndIncluded private/build_later.sql
--! Included private/build_search_vector.sql
-- What search looks through: a vector of words for those that are typed right, and
-- trigrams of the beginning for those that are not.

create or replace function private.search_columns(_object core.objects)
returns table (column_name text, sql text)
language plpgsql stable
as $$
begin
  return query
  select p.column_name::text, case when f.settings ? 'formula' then private.generating_sql(f) else format('%I', p.column_name) end
  from unnest(_object.search_fields) with ordinality s (name, n)
  join core.fields f on f.object_id = _object.id and f.name = s.name
  cross join private.field_parts(f) with ordinality
    p (column_name, path, part, type, is_required, is_unique, spec, n)
  where (p.spec ->> 'isSearched')::boolean
  order by s.n, p.n;
end
$$;

comment on function private.search_columns(core.objects) is
  'The columns that an object is found by, and their SQL for a generated column.';

create or replace function private.searched_tag(_object core.objects) returns text
language sql stable
return (select '@searched ' || string_agg(c.column_name, ' ') from private.search_columns(_object) c where _object.is_searchable);

comment on function private.searched_tag(core.objects) is
  'Tells the API by which columns a search over all objects finds records; null when it does not look here.';

create or replace function private.build_search_vector(_object core.objects) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_object.id);
  -- A word ends where a letter or digit does, so that parts of addresses and numbers are words.
  _marks constant text := (select string_agg(chr(n), '' order by n) from generate_series(33, 126) n where chr(n) !~ '[a-zA-Z0-9]');
  _text text;
  _columns text;
  _index regclass;
begin
  select string_agg(format('coalesce(%s, '''')', c.sql), ' || '' '' || '), string_agg(format('%I', c.column_name), ', ')
    into _text, _columns
    from private.search_columns(_object) c;

  -- Of another text than before, it is another column.
  if exists (select from pg_attribute a where a.attrelid = _tbl::regclass and a.attname = 'search_vector' and not a.attisdropped) then
    perform private.run(format('alter table %s drop column search_vector', _tbl));
  end if;
  for _index in
    select i.indexrelid::regclass from pg_index i
    where i.indrelid = _tbl::regclass and pg_get_expr(i.indexprs, i.indrelid) like 'authz.search_text(%'
  loop
    perform private.run(format('drop index %s', _index));
  end loop;

  perform private.run(format('alter table %s add column search_vector tsvector generated always as (to_tsvector(''authz.words'', translate(%s, %L, %L))) stored',
    _tbl, coalesce(_text, ''''''), _marks, repeat(' ', length(_marks))));
  perform private.run(format('create index on %s using gin (search_vector)', _tbl));
  if _columns is not null then
    perform private.run(format('create index on %s using gin (authz.search_text(%s) extensions.gin_trgm_ops)', _tbl, _columns));
  end if;
end
$$;

comment on function private.build_search_vector(core.objects) is
  'Adds the column that full-text search looks through, made of the object''s search fields, and its indexes.';

create or replace function private.comment_search(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.comment_object(o) from core.objects o where o.id = comment_search.object_id;
  perform private.comment_field(f) from core.fields f where f.object_id = comment_search.object_id and f.type = 'TS_VECTOR';
end
$$;

comment on function private.comment_search(uuid) is
  'Tells the API by which fields an object is called and found; to be called again when one of them changes.';
--! EndIncluded private/build_search_vector.sql
--! Included private/build_object.sql
-- An object's row, with the rows of its fields, becomes a table.

create or replace function private.build_object(object_id uuid) returns void
language plpgsql
as $$
declare
  _object core.objects;
  _tbl text := private.table_of(object_id);
  _field core.fields;
  _columns text[] := '{}';
  _writable text[] := '{}';
  _column record;
begin
  select * into strict _object from core.objects o where o.id = build_object.object_id;

  for _field in
    select * from core.fields f where f.object_id = build_object.object_id
    order by not (f.is_system and f.name = 'id'), f.is_system, f.id
  loop
    for _column in select * from private.field_columns(_field) loop
      _columns := _columns || array_to_string(_column.definition || _column.checks, ' ');
      if _column.is_writable and _column.column_name not in ('updated_at') then
        _writable := _writable || _column.column_name;
      end if;
    end loop;
  end loop;

  perform private.run(format('create table %s (%s, primary key (id))', _tbl, array_to_string(_columns, ', ')));
  perform private.comment_object(_object);

  perform private.build_search_vector(_object);
  for _field in select * from core.fields f where f.object_id = build_object.object_id loop
    perform private.comment_field(_field);
    perform private.index_field(_field);
  end loop;

  -- What every list sorts by, newest first or by hand; both break ties by id.
  perform private.run(format('create index on %s (created_at, id)', _tbl));
  perform private.run(format('create index on %s (position, id)', _tbl));

  perform private.run(format(
    'create trigger _100_updated before update on %s for each row execute function private.tg__record_updated()',
    _tbl));

  if _object.name_singular = 'workspaceMember' and not _object.is_custom then
    perform private.run(format(
      'create trigger _200_rule_fields before update on %s for each row execute function private.tg_workspace_member__rule_fields()',
      _tbl));
  end if;

  perform private.build_policies(object_id);
  perform private.grant_columns(_tbl, _writable);
end
$$;

comment on function private.build_object(uuid) is
  'Makes an object''s table: columns, checks, indexes, search vector, trigger, policies, grants, comments.';

create or replace function private.comment_object(_object core.objects) returns void
language plpgsql
as $$
begin
  perform private.run(format('comment on table %s is %L', private.table_of(_object.id), private.smart_comment(
    array['@singular ' || _object.name_singular, '@plural ' || _object.name_plural,
          '@label ' || _object.label_field, '@image ' || _object.image_field, case when not _object.is_active then '@hidden' end]
      || private.unique_keys(_object.id),
    _object.description)));
end
$$;

comment on function private.comment_object(core.objects) is
  'Writes what PostGraphile needs to know of an object as a comment on its table.';
--! EndIncluded private/build_object.sql
--! Included private/build_relation.sql
-- Relations become foreign keys with their indexes, on the side of the many: one
-- ALTER TABLE for all the columns that a change adds to a table, as each takes the
-- lock that every reader waits behind.

create or replace function private.relation_name(_relation core.relations) returns text
language sql stable
return (
  select f.name || case f.type when 'MORPH_RELATION' then private.upper_first(o.name_singular) else '' end
  from core.fields f, core.objects o
  where f.id = _relation.from_field_id and o.id = _relation.to_object_id
);

comment on function private.relation_name(core.relations) is
  'What the API calls the record that a relation''s key points at: the field''s name, and for a morph field its target''s behind it (targetCompany).';

create or replace function private.relation_column(_relation core.relations) returns text
language sql stable
-- The key stands within the column's definition: a column that is new and empty holds no
-- key to look up, so PostgreSQL reads no row of either table, and the key is valid at once.
-- As a constraint of its own it would be a scan, or NOT VALID: then a dump would restore
-- it so, too, and somebody would have to validate it later.
return (
  select format('add column %I uuid%s constraint %I references %s on delete %s',
    _relation.column_name,
    case when f.is_nullable then '' else ' not null' end,
    private.key_constraint(_relation.column_name),
    private.table_of(_relation.to_object_id),
    replace(_relation.on_delete, '_', ' '))
  from core.fields f where f.id = _relation.from_field_id
);

comment on function private.relation_column(core.relations) is
  'The clause of ALTER TABLE that adds a relation''s column and foreign key.';

create or replace function private.build_relations(relation_ids uuid[], also text[] default '{}') returns void
language plpgsql
as $$
declare
  _relation core.relations;
  _tbl text;
  _columns text[];
  _clauses text[];
begin
  select private.table_of(r.from_object_id), array_agg(r.column_name order by r.id),
         array_agg(private.relation_column(r) order by r.id)
    into strict _tbl, _columns, _clauses
    from core.relations r where r.id = any (build_relations.relation_ids) group by r.from_object_id;

  perform private.run(format('alter table %s %s', _tbl, array_to_string(_clauses || also, ', ')));
  for _relation in select * from core.relations r where r.id = any (build_relations.relation_ids) order by r.id loop
    if private.is_large(_relation.from_object_id) then
      perform private.build_later(_relation.from_field_id, '{INDEXES}');
    else
      perform private.index_relation(_relation);
    end if;
    perform private.comment_relation(_relation);
  end loop;
  perform private.grant_columns(_tbl, _columns);
end
$$;

comment on function private.build_relations(uuid[], text[]) is
  'Adds the columns, keys and indexes of relations of one object, and names both sides of each in comments; `also` is what the same ALTER TABLE is to do.';

create or replace function private.relation_indexes(_relation core.relations) returns table (name text, definition text, is_unique boolean)
language sql stable
begin atomic
  -- The id behind it lets the many side be read in pages, in order. Only of rows that have a
  -- key: a new column has none, so this reads the table but sorts and writes nothing, and
  -- looking a key up (lists, joins, what becomes of them when it is destroyed) implies it.
  select 'relation_' || replace(_relation.id::text, '-', ''),
         format('(%I, id)%s', _relation.column_name, case when f.is_nullable then format(' where %I is not null', _relation.column_name) else '' end),
         false
  from core.fields f where f.id = _relation.from_field_id
  union all
  -- Among living rows: a deleted record does not hold its place. Named by its column, so
  -- that an error leads back to the field.
  select left(_relation.column_name || '_key_' || right(_relation.from_object_id::text, 8), 63),
         format('(%I) where deleted_at is null and %1$I is not null', _relation.column_name), true
  where _relation.type = 'ONE_TO_ONE';
end;

comment on function private.relation_indexes(core.relations) is
  'The indexes of a relation''s key: the one behind its foreign key, and for ONE_TO_ONE the one that keeps it unique among living records.';

create or replace function private.index_relation(_relation core.relations) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_relation.from_object_id);
  _index record;
begin
  for _index in select * from private.relation_indexes(_relation) loop
    if _index.is_unique and to_regclass(split_part(_tbl, '.', 1) || '.' || quote_ident(_index.name)) is not null then
      perform private.fail('NAMEX', 'That name is taken.', 'data.name');
    end if;
    perform private.run(format('create %s on %s %s',
      case when _index.is_unique then format('unique index %I', _index.name) else 'index' end, _tbl, _index.definition));
  end loop;
end
$$;

comment on function private.index_relation(core.relations) is
  'Makes the indexes of a relation''s key.';

create or replace function private.let_go_sql(_relation core.relations) returns text
language sql stable
-- What it pointed at may be gone by now.
return format('update %s r set %I = null where %2$I is not null and not exists (select from %s t where t.id = r.%2$I)',
  private.table_of(_relation.from_object_id), _relation.column_name, private.table_of(_relation.to_object_id));

comment on function private.let_go_sql(core.relations) is
  'The statement that lets records go that a key out of the trash points at and that are gone.';

create or replace function private.rebuild_foreign_key(_relation core.relations) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_relation.from_object_id);
  _is_large boolean := private.is_large(_relation.from_object_id);
begin
  if _relation.column_name is null then
    return; -- a many-to-many: its keys are its junction's
  end if;
  if not _is_large then
    perform private.run(private.let_go_sql(_relation));
  end if;
  perform private.run(format('alter table %s add constraint %I foreign key (%I) references %s on delete %s%s', _tbl,
    private.key_constraint(_relation.column_name), _relation.column_name, private.table_of(_relation.to_object_id),
    replace(_relation.on_delete, '_', ' '), case when _is_large then ' not valid' else '' end));
  if _is_large then
    perform private.build_later(_relation.from_field_id, '{KEYS}');
  end if;
  perform private.comment_relation(_relation);
  perform private.grant_columns(_tbl, array[_relation.column_name]);
end
$$;

comment on function private.rebuild_foreign_key(core.relations) is
  'Gives a relation that comes out of the trash its foreign key back; records that it pointed at and that are gone are let go.';

create or replace function private.comment_relation(_relation core.relations) returns void
language plpgsql
as $$
declare
  _name text := private.relation_name(_relation);
  _tbl text := private.table_of(_relation.from_object_id);
  _from core.fields;
begin
  select * into strict _from from core.fields f where f.id = _relation.from_field_id;
  perform private.run(format('comment on column %s.%I is %L', _tbl, _relation.column_name,
    private.smart_comment(
      array['@field ' || _name || 'Id', '@type ' || _from.type, case when not private.is_relation_shown(_relation) then '@hidden' end],
      _from.description)));
  perform private.run(format('comment on constraint %I on %s is %L', private.key_constraint(_relation.column_name), _tbl,
    concat_ws(E'\n',
      '@fieldName ' || _name,
      (select '@foreignFieldName ' || f.name from core.fields f where f.id = _relation.to_field_id),
      case when not private.is_relation_shown(_relation) then '@hidden'
           when exists (select from core.fields f where f.id = _relation.to_field_id and not f.is_active) then '@backwardBehavior -*' end,
      case when _relation.type = 'ONE_TO_ONE' then '@oneToOne' end,
      '@through ' || private.through_name(_relation))));
end
$$;

comment on function private.comment_relation(core.relations) is
  'Writes what PostGraphile needs to know of a relation''s key as comments on its column and constraint; to be called again when a name in it changes.';

create or replace function private.through_name(_relation core.relations) returns text
language sql stable
return (
  select case
    -- The key to the side that the many-to-many was created from comes first.
    when (select min(s.id::text) from core.relations s join core.fields g on g.id = s.from_field_id and g.is_system
          where s.from_object_id = m.junction_object_id) = _relation.id::text
    then (select f.name from core.fields f where f.id = m.from_field_id)
    else (select f.name from core.fields f where f.id = m.to_field_id)
  end
  from core.relations m, core.fields g
  where m.junction_object_id = _relation.from_object_id and g.id = _relation.from_field_id and g.is_system
);

comment on function private.through_name(core.relations) is
  'For a junction''s key, the many-to-many field of the object that it points at; null for any other key.';
--! EndIncluded private/build_relation.sql
--! Included private/computed_fields.sql
-- A DBA's SQL function over a table of a workspace is a field in the API:
-- workspace_x.company_score(company workspace_x.company) is Company.score.

create or replace function private.api_name(catalog_name text) returns text
language sql immutable
return (
  select string_agg(case n when 1 then w else private.upper_first(w) end, '' order by n)
  from string_to_table(catalog_name, '_') with ordinality x (w, n)
);

comment on function private.api_name(text) is
  'The API''s form of a catalog name: annual_revenue becomes annualRevenue. Not every name has one that leads back to it.';

create or replace function private.functions_in(schema_name text)
returns table (function regprocedure, table_name text, name text, result text, description text, why_not text)
language plpgsql stable
as $$
begin
  -- Most have none, and the question behind this takes longer to plan than to answer.
  if not exists (
    select from pg_depend d where d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_namespace'::regclass
      and d.refobjid = to_regnamespace(quote_ident(functions_in.schema_name))
  ) then
    return;
  end if;
  return query
  select p.oid::regprocedure, c.relname::text, n.name, format_type(p.prorettype, null), obj_description(p.oid, 'pg_proc'),
    case
      when p.prosecdef then 'it is security definer, and would read past every policy'
      when p.prokind <> 'f' then 'it is no function'
      when c.relname is null then 'its first argument is no record of a table of the workspace'
      when p.proretset then 'it returns a set'
      when p.provolatile = 'v' then 'it is volatile; declare it stable or immutable'
      when p.pronargs - p.pronargdefaults > 1 then 'it needs more than the record'
      when not starts_with(p.proname, c.relname || '_') then format('its name does not begin with %s_', c.relname)
      when n.name !~ '^[a-z][a-zA-Z0-9]*$' or private.snake_case(n.name) <> substr(p.proname, length(c.relname) + 2)
        then format('what follows %s_ in its name is not snake_case', c.relname)
      when r.typnamespace <> 'pg_catalog'::regnamespace or r.typtype <> 'b' then format('the API does not have what it returns (%s)', r.typname)
      when not has_function_privilege('relata_guest', p.oid, 'execute') then 'relata_guest may not execute it'
      when exists (
        select from core.fields f join core.objects o on o.id = f.object_id join core.workspaces w on w.id = o.workspace_id
        where w.schema_name = functions_in.schema_name and o.table_name = c.relname
          and lower(n.name) in (lower(f.name), case when f.type = 'RELATION' then lower(f.name || 'Id') end)) then 'the object has a field of that name'
      when row_number() over (partition by c.oid, n.name order by p.oid) > 1 then 'there is another one of that name'
    end
  from pg_depend d
  join pg_proc p on p.oid = d.objid
  join pg_type r on r.oid = p.prorettype
  left join pg_type a on a.oid = p.proargtypes[0]
  left join pg_class c on c.oid = a.typrelid and c.relnamespace = p.pronamespace and c.relkind = 'r'
  cross join lateral (select private.api_name(substr(p.proname, length(c.relname) + 2)) as name) n
  where d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_namespace'::regclass
    and d.refobjid = to_regnamespace(quote_ident(functions_in.schema_name));
end
$$;

comment on function private.functions_in(text) is
  'The functions in a workspace''s schema: each a field of the API, or why it is not.';
--! EndIncluded private/computed_fields.sql
--! Included private/build_formula.sql
-- A formula is a field that PostgreSQL computes from the record's other fields: a
-- generated column, so it can be read, filtered, sorted and indexed like any other.

create or replace function private.formula_sql(_field core.fields, path text default 'data.settings.formula', seen uuid[] default '{}')
returns text
language plpgsql stable
as $$
declare
  _type text := private.column_type(_field);
  _wanted text := private.expression_type(_type);
  _made record;
begin
  select * into _made
    from private.compile_expression(_field.object_id, _field.settings -> 'formula', path, true, seen || _field.id);
  if _made.type = 'nothing' or _made.type <> _wanted and not (_made.type = 'date' and _wanted = 'dateTime') then
    perform private.fail('EXPRN', format('This formula makes a %s, and a field of type %s holds a %s.', _made.type, _field.type, _wanted), path);
  end if;
  return private.cast_to(private.coerce(_made.sql, _made.type, _wanted), _wanted, _type);
end
$$;

comment on function private.formula_sql(core.fields, text, uuid[]) is
  'The SQL of a field''s formula, as its column''s type; EXPRESSION_INVALID when it does not fit.';

create or replace function private.cast_to(sql text, type text, sql_type text) returns text
language sql immutable
return case
  when type <> 'number' or sql_type = 'numeric' then format('(%s)', sql)
  when sql_type in ('int4', 'int8') then format('nullif(nullif(nullif(%s, ''NaN''), ''Infinity''), ''-Infinity'')::%s', sql, sql_type)
  else format('(%s)::%s', sql, sql_type)
end;

comment on function private.cast_to(text, text, text) is
  'An expression as a column''s type; what is no number has no place among whole ones, and becomes null.';

create or replace function private.derived_columns(_field core.fields)
returns table (column_name text, definition text, checks text[], is_writable boolean)
language plpgsql stable
as $$
declare
  _definition text;
begin
  if _field.type not in ('TEXT', 'NUMBER', 'NUMERIC', 'BOOLEAN', 'DATE', 'DATE_TIME') or _field.settings ?& '{formula,rollup}' then
    perform private.fail('SETNG', 'A TEXT, NUMBER, NUMERIC, BOOLEAN, DATE or DATE_TIME is made by a formula or by a rollup.', 'data.settings');
  elsif not _field.is_nullable or _field.default_value is not null or _field.is_unique and _field.settings ? 'rollup' then
    perform private.fail('SETNG', 'What is computed has no default, may be empty, and a rollup may be twice the same.', 'data.settings');
  end if;
  _definition := case
    when _field.is_kept then
      format('%I %s', _field.column_name, private.column_type(_field))
    when _field.settings ? 'formula' then
      format('%I %s generated always as (%s) stored', _field.column_name, private.column_type(_field), private.formula_sql(_field))
    else
      format('%I %s%s', _field.column_name, private.column_type(_field),
        case when _field.settings -> 'rollup' ->> 'function' = 'count' then ' default 0' else '' end)
    end;
  return query
    select p.column_name, _definition,
           array_remove(array[format('constraint %I check (', p.path || '_check') || private.check_sql(_field, p.spec, format('%I', p.column_name)) || ')'], null),
           false
    from private.field_parts(_field) p;
end
$$;

comment on function private.derived_columns(core.fields) is
  'The column of a formula or rollup, which members do not write.';

create or replace function private.formulas_of(field_id uuid) returns setof core.fields
language sql stable
begin atomic
  with recursive _made as (
    select f.* from core.fields f where f.id = formulas_of.field_id
    union
    select f.* from core.fields f, _made m
    where f.object_id = m.object_id and f.settings ? 'formula'
      and m.name in (select private.expression_fields(f.settings -> 'formula'))
  )
  select m.* from _made m where m.settings ? 'formula';
end;

comment on function private.formulas_of(uuid) is
  'The formulas that a field''s value goes into, through others too; itself, when it is one.';

create or replace function private.set_formula(field_id uuid, expression jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields;
  _old jsonb;
  _object core.objects;
begin
  select * into _field from core.fields f where f.id = set_formula.field_id for update;
  if not found or not _field.settings ? 'formula' then
    perform private.fail('SETNG', 'This field is not made by a formula.', 'data.settings.formula');
  end if;
  _old := _field.settings -> 'formula';
  update core.fields f set settings = f.settings || jsonb_build_object('formula', expression)
    where f.id = set_formula.field_id;
  perform private.check_circle(set_formula.field_id);
  for _field in select * from private.formulas_of(set_formula.field_id) loop
    perform private.replace_formula(_field);
  end loop;

  -- The search vector is made of fields, with formulas among them written out.
  select o.* into strict _object from core.objects o where o.id = _field.object_id;
  if exists (select from private.formulas_of(set_formula.field_id) f where f.name = any (_object.search_fields)) then
    perform private.run(format('alter table %s drop column search_vector', private.table_of(_object.id)));
    perform private.build_search_vector(_object);
    perform private.comment_field(f) from core.fields f where f.object_id = _object.id and f.type = 'TS_VECTOR';
  end if;
  return _old;
end
$$;

comment on function private.set_formula(uuid, jsonb) is
  'Gives a formula field another formula, in its column and in all that is made of it; answers the old one.';

create or replace function private.generating_sql(_field core.fields) returns text
language plpgsql stable
as $$
begin
  -- Generated columns may not use each other.
  return case when _field.settings ? 'formula' then private.formula_sql(_field) else format('%I', _field.column_name) end;
end
$$;

comment on function private.generating_sql(core.fields) is
  'A field as other generated columns may use it.';
--! EndIncluded private/build_formula.sql
--! Included private/kept_formulas.sql
-- A generated column that is added to a table rewrites it. On a large one a formula is
-- a plain column instead, which a trigger computes by the same SQL, and which a job
-- fills (decision 0007). One function an object, for all such formulas of it.

create or replace function private.kept_formulas_name(object_id uuid) returns text
language sql immutable
return 'private.formulas_of_' || replace(object_id::text, '-', '');

comment on function private.kept_formulas_name(uuid) is
  'What the trigger function of an object''s kept formulas is called.';

create or replace function private.kept_formulas_body(object_id uuid) returns text
language plpgsql stable
as $$
declare
  _body text;
begin
  -- The record's columns stand in a row of their own, as the SQL of formulas knows nothing of NEW.
  select format(E'\n#variable_conflict use_column\nbegin\n  select %s into %s from (select new.*) record;\n  return new;\nend\n',
                string_agg(private.formula_sql(f), ', ' order by f.id), string_agg(format('new.%I', f.column_name), ', ' order by f.id))
    into _body
    from core.fields f
    where f.object_id = kept_formulas_body.object_id and f.is_kept and not (f.status = 'FAILED' and private.is_filling(f))
    having count(*) > 0;
  return _body;
end
$$;

comment on function private.kept_formulas_body(uuid) is
  'The body of the trigger function that computes an object''s kept formulas; null when it has none.';

create or replace function private.build_kept_formulas(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
  _name text := private.kept_formulas_name(object_id);
  _body text := private.kept_formulas_body(object_id);
  _is_there boolean := exists (select from pg_trigger t where t.tgrelid = _tbl::regclass and t.tgname = '_500_formulas');
begin
  if _is_there then
    -- Who is writing by the old function has to be seen by whoever fills by the new one.
    perform private.run(format('lock table %s in share row exclusive mode', _tbl));
  end if;
  if _body is not null then
    perform private.run(format('create or replace function %s() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as %L', _name, _body));
    if not _is_there then
      perform private.run(format('revoke all on function %s() from public', _name));
      perform private.run(format('comment on function %s() is %L', _name, 'Computes the formulas of an object''s records, as they are written.'));
      perform private.run(format('create trigger _500_formulas before insert or update on %s for each row execute function %s()', _tbl, _name));
    end if;
  elsif _is_there then
    perform private.run(format('drop trigger _500_formulas on %s', _tbl));
    perform private.run(format('drop function %s()', _name));
  end if;
end
$$;

comment on function private.build_kept_formulas(uuid) is
  'Makes the trigger of an object''s kept formulas what it should be now.';

create or replace function private.keep_formula(_field core.fields) returns void
language plpgsql
as $$
begin
  if not _field.is_kept then
    perform private.run(format('alter table %s alter column %I drop expression', private.table_of(_field.object_id), _field.column_name));
    update core.fields f set is_kept = true where f.id = _field.id;
  end if;
  _field := private.build_later(_field.id, '{FILL}');
  perform private.build_kept_formulas(_field.object_id);
  perform private.comment_field(_field);
end
$$;

comment on function private.keep_formula(core.fields) is
  'Lets the column of a formula that has changed be computed by a trigger, and by a job for the records there are; nobody sees it meanwhile.';

create or replace function private.fill_batch(field_id uuid, after uuid, size int default 1000, out last uuid, out skipped int)
language plpgsql
as $$
declare
  _field core.fields;
  _tbl text;
  _set text;
  _wrong text;
  _ids uuid[];
  _filled int;
begin
  select * into _field from core.fields f where f.id = fill_batch.field_id and 'FILL' = any (f.building);
  if not found then
    return;
  end if;
  _tbl := private.table_of(_field.object_id);
  if _field.settings ? 'formula' then
    _wrong := format('%I is distinct from %s', _field.column_name, private.formula_sql(_field));
    _set := format('%I = %s', _field.column_name, private.formula_sql(_field));
  else
    select string_agg(format('%I is null', p.column_name), ' or '), string_agg(format('%1$I = coalesce(%1$I, %2$s)', p.column_name, d), ', ')
      into _wrong, _set
      from private.field_parts(_field) p, private.default_sql(_field, p.spec, p.type) d
      where d is not null and (p.is_required or p.part is null);
  end if;
  if _set is null then
    return;
  end if;
  execute format('select array_agg(id) filter (where wrong), (array_agg(id order by id desc))[1] from (select id, (%s) as wrong from %s where $1 is null or id > $1 order by id limit $2) x', _wrong, _tbl)
    into _ids, last using after, size;
  -- Rows that somebody has locked come later: who waits for none can be in nobody's way.
  perform set_config('relata.keeping', 'on', true);
  execute format('update %1$s t set %2$s where t.id = any (array(select id from %1$s where id = any ($1) for no key update skip locked)) and (%3$s)', _tbl, _set, _wrong)
    using _ids;
  get diagnostics _filled = row_count;
  perform set_config('relata.keeping', '', true);
  skipped := coalesce(cardinality(_ids), 0) - _filled;
end
$$;

comment on function private.fill_batch(uuid, uuid, int) is
  'Computes a field for some records behind the id `after`, in the order of ids: the last of them, null when there are no more, and how many have to wait.';
--! EndIncluded private/kept_formulas.sql
--! Included private/replace_formula.sql
-- A generated column takes another expression: from PostgreSQL 17 on in one
-- statement, before that by making the column anew with all that hung on it.

create or replace function private.replace_formula(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _again text[];
  _statement text;
begin
  if _field.is_kept or private.is_large(_field.object_id) then
    perform private.keep_formula(_field);
    return;
  elsif current_setting('server_version_num')::int >= 170000 then
    perform private.run(format('alter table %s alter column %I set expression as (%s)', _tbl, _field.column_name,
      private.formula_sql(_field)));
    return;
  end if;
  _again := private.column_dependents(_tbl::regclass, _field.column_name);
  perform private.drop_row_policies(_field.object_id);
  perform private.run(format('alter table %s drop column %I', _tbl, _field.column_name));
  perform private.run(format('alter table %s add column %s', _tbl, array_to_string(c.definition || c.checks, ' '))) from private.derived_columns(_field) c;
  foreach _statement in array _again loop
    perform private.run(_statement);
  end loop;
  perform private.rebuild_row_policies(_field.object_id);
  perform private.comment_field(_field);
end
$$;

comment on function private.replace_formula(core.fields) is
  'Makes a formula''s column follow its formula; indexes, checks, grants and comments stay.';

create or replace function private.column_dependents(tbl regclass, column_name text) returns text[]
language sql stable
begin atomic
  with _column as (
    select a.attnum, a.attacl from pg_attribute a
    where a.attrelid = column_dependents.tbl and a.attname = column_dependents.column_name and not a.attisdropped
  ), _statements (place, statement) as (
    select 1, pg_get_indexdef(i.indexrelid)
    from _column c join pg_index i on i.indrelid = column_dependents.tbl
    where exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                    and d.refobjid = i.indrelid and d.refobjsubid = c.attnum)
    union all
    -- Its own check comes with the column.
    select 2, format('alter table %s add constraint %I %s', column_dependents.tbl, k.conname, pg_get_constraintdef(k.oid))
    from _column c join pg_constraint k on k.conrelid = column_dependents.tbl and k.contype = 'c' and c.attnum = any (k.conkey)
    where k.conname <> column_dependents.column_name || '_check'
    union all
    select 3, format('grant %s (%I) on %s to %s', g.privilege_type, column_dependents.column_name, column_dependents.tbl, g.grantee::regrole)
    from _column c, aclexplode(c.attacl) g
  )
  select coalesce(array_agg(s.statement order by s.place), '{}') from _statements s;
end;

comment on function private.column_dependents(regclass, text) is
  'The statements that make anew what goes with a column when it is dropped: indexes, checks, grants.';
--! EndIncluded private/replace_formula.sql
--! Included private/tg__rollup.sql
-- Keeps rollups right, whoever writes: behind each statement on the records that
-- are added up. Parents are locked in a statement of their own, in the order of
-- their ids, so that the one after it sees what others have committed meanwhile
-- (READ COMMITTED), and two who come from two sides do not wait for each other.
--
-- Its arguments are written by private.build_rollups: the workspace, and three
-- statements, over old_rows and new_rows, and over $1, the parents' ids.

create or replace function private.tg__rollup() returns trigger
language plpgsql
-- Compiling these statements would take longer than running them.
security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
  _claimed text := current_setting('relata.workspace_id', true);
  _parents uuid[];
begin
  execute tg_argv[1] into _parents;
  if _parents is null then
    return null;
  end if;
  -- Of this table's workspace, also for who came without a claim: psql, a worker.
  perform set_config('relata.workspace_id', tg_argv[0], true), set_config('relata.keeping', 'on', true);
  execute tg_argv[2] using _parents;
  execute tg_argv[3] using _parents;
  perform set_config('relata.workspace_id', coalesce(_claimed, ''), true), set_config('relata.keeping', '', true);
  return null;
end
$$;

comment on function private.tg__rollup() is
  'Computes the rollups of the records whose children a statement has changed.';
--! EndIncluded private/tg__rollup.sql
--! Included private/build_rollup.sql
-- A rollup is a field that adds up the records on the other side of a relation: a
-- column of the parent, kept right by triggers on the children's table.

create or replace function private.rollup_relation(_field core.fields) returns core.relations
language sql stable
begin atomic
  select l
  from core.fields t
  join core.relations l on l.to_field_id = t.id
  where t.object_id = _field.object_id and t.name = _field.settings -> 'rollup' ->> 'relation'
    and t.column_name is null and l.column_name is not null;
end;

comment on function private.rollup_relation(core.fields) is
  'The relation along which a rollup adds up; null when its field is no list of records.';

create or replace function private.rollup_sql(_field core.fields, _relation core.relations) returns text
language plpgsql stable
as $$
declare
  _rollup jsonb := _field.settings -> 'rollup';
  _function text := coalesce(_rollup ->> 'function', '');
  _type text := private.column_type(_field);
  _value record;
  _filter record;
  _sql text;
  _path constant text := 'data.settings.rollup';
begin
  if jsonb_typeof(_rollup) is distinct from 'object' or _rollup - '{relation,function,field,part,filter}'::text[] <> '{}' then
    perform private.fail('SETNG', 'A rollup is {relation, function, field, part, filter}.', _path);
  elsif _function <> all ('{count,sum,min,max,avg}') then
    perform private.fail('SETNG', 'A rollup''s function is count, sum, min, max or avg.', _path || '.function');
  elsif _function = 'count' and _rollup ?| '{field,part}' then
    perform private.fail('SETNG', 'A rollup counts records, by its filter, and no field.', _path || '.field');
  end if;
  if _function = 'count' then
    _sql := 'count(*)';
    select 'number' as type into _value;
  else
    select * into _value from private.compile_expression(_relation.from_object_id,
      jsonb_strip_nulls(jsonb_build_object('field', coalesce(_rollup -> 'field', '""'), 'part', _rollup -> 'part')), _path || '.field');
    if _value.type <> all (case when _function in ('sum', 'avg') then '{number}' else '{number,date,dateTime,text}' end::text[]) then
      perform private.fail('SETNG', format('There is no %s of a %s.', _function, _value.type), _path || '.function');
    end if;
    _sql := format('%s(%s)', _function, _value.sql);
  end if;
  if _value.type <> private.expression_type(_type) then
    perform private.fail('SETNG', format('This rollup makes a %s, which is not what a field of type %s holds.', _value.type, _field.type), _path);
  end if;
  if _rollup ? 'filter' then
    select * into _filter from private.compile_expression(_relation.from_object_id, _rollup -> 'filter', _path || '.filter');
    if _filter.type <> 'boolean' then
      perform private.fail('EXPRN', 'A filter says true or false.', _path || '.filter');
    end if;
    _sql := format('%s filter (where %s)', _sql, _filter.sql);
  end if;
  return case _function when 'count' then format('(%s)::%s', _sql, _type) else private.cast_to(_sql, _value.type, _type) end;
end
$$;

comment on function private.rollup_sql(core.fields, core.relations) is
  'The aggregate of a rollup, as its column''s type; SETTINGS_INVALID or EXPRESSION_INVALID when there is none.';

create or replace function private.rollups_of(relation_id uuid) returns setof core.fields
language sql stable
begin atomic
  select f.*
  from core.relations l
  join core.fields t on t.id = l.to_field_id
  join core.fields f on f.object_id = l.to_object_id and f.settings -> 'rollup' ->> 'relation' = t.name
  where l.id = rollups_of.relation_id
  order by f.id;
end;

comment on function private.rollups_of(uuid) is
  'The rollups that add up along a relation.';

create or replace function private.check_circle(field_id uuid) returns void
language plpgsql stable
as $$
begin
  -- A field leads to the formulas and the rollups that are made of it, and so on: never to itself.
  if exists (
    with recursive _made as (
      select u.id from private.uses_of_field(check_circle.field_id) u where u.kind in ('formula', 'rollup')
      union
      select u.id from _made m cross join private.uses_of_field(m.id) u where u.kind in ('formula', 'rollup')
    )
    select from _made m where m.id = check_circle.field_id
  ) then
    perform private.fail('EXPRN', 'This field would be made of itself.', 'data.settings');
  end if;
end
$$;

comment on function private.check_circle(uuid) is
  'Nothing for a field that is not made of itself, through formulas and rollups of whatever objects; EXPRESSION_INVALID otherwise.';

create or replace function private.build_rollup(_field core.fields, of_all boolean default false) returns void
language plpgsql
as $$
declare
  _relation core.relations := private.rollup_relation(_field);
begin
  if _relation.id is null then
    perform private.fail('SETNG', 'A rollup goes along a field that is a list of records.', 'data.settings.rollup.relation');
  end if;
  perform private.rollup_sql(_field, _relation);
  perform private.check_circle(_field.id);
  perform private.build_rollups(_relation.id);
  -- With its triggers the table is locked: the children there are stand still, and count at once.
  perform private.fill_rollups(_relation.id, of_all);
end
$$;

comment on function private.build_rollup(core.fields, boolean) is
  'Starts to keep a rollup, and computes it for the records there are.';

create or replace function private.set_rollup(field_id uuid, rollup jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.fields;
  _new core.fields;
  _left core.relations;
begin
  select * into _old from core.fields f where f.id = set_rollup.field_id for update;
  if not found or not _old.settings ? 'rollup' then
    perform private.fail('SETNG', 'This field is not made by a rollup.', 'data.settings.rollup');
  end if;
  update core.fields f set settings = f.settings || jsonb_build_object('rollup', rollup)
    where f.id = set_rollup.field_id returning * into _new;
  perform private.run(format('alter table %s alter column %I %s', private.table_of(_new.object_id), _new.column_name,
    case when rollup ->> 'function' = 'count' then 'set default 0' else 'drop default' end));
  perform private.build_rollup(_new, true);
  _left := private.rollup_relation(_old);
  if _left.id <> (private.rollup_relation(_new)).id then
    perform private.build_rollups(_left.id);
  end if;
  return _old.settings -> 'rollup';
end
$$;

comment on function private.set_rollup(uuid, jsonb) is
  'Lets a rollup field add up something else; answers what it did before.';
--! EndIncluded private/build_rollup.sql
--! Included private/build_rollups.sql
-- The triggers of rollups: three for each relation that has any, for they are
-- computed together. They are made anew when anything that they name has changed.

create or replace function private.rollup_triggers(relation_id uuid)
returns table (name text, tbl text, event text, tables text, arguments text[])
language plpgsql stable
as $$
declare
  _relation core.relations;
  _key text;
  _names text[];
  _aggregates text[];
  _columns text;
  _child text;
  _parent text;
  _of_parents text;
begin
  select * into strict _relation from core.relations l where l.id = rollup_triggers.relation_id;
  _key := _relation.column_name;
  select array_agg(format('%I', r.column_name) order by r.id), array_agg(private.rollup_sql(r, _relation) order by r.id)
    into _names, _aggregates
    from private.rollups_of(_relation.id) r;
  if _names is null then
    return;
  end if;
  select string_agg(format(', %I', c.name), '' order by c.name) into _columns
    from (
      select distinct x.name
      from private.rollups_of(_relation.id) r
      cross join lateral (select r.settings -> 'rollup' ->> 'field' union select private.expression_fields(r.settings -> 'rollup' -> 'filter')) u (name)
      join core.fields f on f.object_id = _relation.from_object_id and f.name = u.name
      cross join private.expression_columns(f) x
      where x.name <> _key
    ) c;
  _child := private.table_of(_relation.from_object_id);
  _parent := private.table_of(_relation.to_object_id);
  -- No column's and no table's name begins with _, so these are nobody else's.
  _of_parents := format('select %I as _parent%s from %%s_rows where deleted_at is null', _key, coalesce(_columns, ''));

  return query
    select format('_500_rollup_%s_%s', e.event, right(_relation.id::text, 12)), _child, e.event, e.tables,
      array[
        _relation.workspace_id::text,
        format('select array_agg(distinct _parent) from (%s) changed where _parent is not null', e.changed),
        format('select from %s where id = any ($1) order by id for no key update', _parent),
        format('update %1$s as parent set (%2$s) = row(%3$s) '
               'from (select _key.id, made.* from unnest($1) _key (id) '
               'cross join lateral (select %4$s from %5$s where %6$I = _key.id and deleted_at is null) made) made '
               'where parent.id = made.id and (%7$s) is distinct from (%3$s)',
          _parent, array_to_string(_names, ', '),
          (select string_agg('made.' || n, ', ' order by o) from unnest(_names) with ordinality x (n, o)),
          (select string_agg(format('%s as %s', a, _names[o]), ', ' order by o) from unnest(_aggregates) with ordinality x (a, o)),
          _child, _key,
          (select string_agg('parent.' || n, ', ' order by o) from unnest(_names) with ordinality x (n, o)))]
    from (values
      ('insert', 'new table as new_rows', format(_of_parents, 'new')),
      ('delete', 'old table as old_rows', format(_of_parents, 'old')),
      -- What was taken away from a parent's children, and what was added to them.
      ('update', 'old table as old_rows new table as new_rows', format('(%1$s except all %2$s) union all (%2$s except all %1$s)',
        format(_of_parents, 'old'), format(_of_parents, 'new')))) e (event, tables, changed);
end
$$;

comment on function private.rollup_triggers(uuid) is
  'The triggers that a relation''s rollups need, with the statements that they run.';

create or replace function private.drop_rollups(relation_id uuid) returns void
language plpgsql
as $$
declare
  _trigger record;
begin
  for _trigger in
    select t.tgname, t.tgrelid::regclass as tbl
    from core.relations l
    join pg_trigger t on t.tgrelid = private.table_of(l.from_object_id)::regclass
    where l.id = drop_rollups.relation_id and t.tgname like '\_500\_rollup\_%\_' || right(l.id::text, 12)
  loop
    perform private.run(format('drop trigger %I on %s', _trigger.tgname, _trigger.tbl));
  end loop;
end
$$;

comment on function private.drop_rollups(uuid) is
  'Takes away the triggers of a relation''s rollups; to be called before the relation or its parents'' table goes.';

create or replace function private.build_rollups(relation_id uuid) returns void
language plpgsql
as $$
declare
  _trigger record;
begin
  perform private.drop_rollups(relation_id);
  for _trigger in select * from private.rollup_triggers(build_rollups.relation_id) loop
    perform private.run(format('create trigger %I after %s on %s referencing %s for each statement execute function private.tg__rollup(%s)',
      _trigger.name, _trigger.event, _trigger.tbl, _trigger.tables,
      (select string_agg(quote_literal(a), ', ' order by n) from unnest(_trigger.arguments) with ordinality x (a, n))));
  end loop;
end
$$;

comment on function private.build_rollups(uuid) is
  'Makes the triggers of a relation''s rollups what they should be now.';

create or replace function private.fill_rollups(relation_id uuid, of_all boolean default true) returns void
language plpgsql
as $$
declare
  _relation core.relations;
  _statement text;
  _parents uuid[];
begin
  select * into strict _relation from core.relations l where l.id = fill_rollups.relation_id;
  select t.arguments[4] into _statement from private.rollup_triggers(_relation.id) t where t.event = 'insert';
  if _statement is null then
    return;
  end if;
  execute case
    when of_all then format('select array_agg(id) from %s', private.table_of(_relation.to_object_id))
    else format('select array_agg(distinct %1$I) from %2$s where %1$I is not null and deleted_at is null',
      _relation.column_name, private.table_of(_relation.from_object_id))
    end into _parents;
  perform set_config('relata.keeping', 'on', true);
  execute _statement using _parents;
  perform set_config('relata.keeping', '', true);
end
$$;

comment on function private.fill_rollups(uuid, boolean) is
  'Computes a relation''s rollups, for all parents or for those only that have children.';
--! EndIncluded private/build_rollups.sql
--! Included private/build_index.sql
-- An index's row becomes an index: at once on a small table, and on a large one by
-- a job, beside those who write (tasks/build_index.ts).

create or replace function private.index_keys(_index core.indexes)
returns table (place int, field_name text, key text, sql_type text)
language sql stable
begin atomic
  select n::int, f.name,
         case
           when c.name is null then null
           when coalesce((f.settings ->> 'isCaseInsensitive')::boolean, false) and _index.is_unique then format('lower(%I)', c.name)
           else format('%I', c.name)
         end,
         c.type
  from jsonb_array_elements(_index.fields) with ordinality x (spec, n)
  left join core.fields f on f.id::text = lower(spec ->> 'fieldId') and f.object_id = _index.object_id
  left join private.expression_columns(f) c on c.part is not distinct from spec ->> 'part';
end;

comment on function private.index_keys(core.indexes) is
  'What an index is made of, in its order; without a key where the field has no such value.';

create or replace function private.unique_keys(object_id uuid) returns text[]
language sql stable
return (
  select array_agg('@uniqueKey ' || (select string_agg(replace(k.key, '"', ''), ' ' order by k.place) from private.index_keys(i) k) order by i.id)
  from core.indexes i where i.object_id = unique_keys.object_id and i.is_unique and i.type = 'BTREE'
);

comment on function private.unique_keys(uuid) is
  'The smart tags that tell which columns an admin''s unique indexes are of: `@uniqueKey lower(email) company_id`.';

create or replace function private.index_name(_index core.indexes) returns text
language sql stable
begin atomic
  -- A unique index is named by its columns, so that an error leads back to the fields.
  select case
    when _index.is_unique and length(string_agg(k.key, '+')) <= 50
      then string_agg(regexp_replace(k.key, '^lower\((.*)\)$', '\1'), '+' order by k.place) || '_key_' || right(_index.id::text, 8)
    else 'index_' || replace(_index.id::text, '-', '')
  end
  from private.index_keys(_index) k;
end;

comment on function private.index_name(core.indexes) is
  'What an index is called in the catalog.';

create or replace function private.index_definition(_index core.indexes) returns text
language sql stable
begin atomic
  select format('using %s (%s%s)%s', lower(_index.type),
    string_agg(k.key || case when _index.type = 'GIN' and k.sql_type = 'text' then ' extensions.gin_trgm_ops' else '' end,
               ', ' order by k.place),
    -- The id behind it lets a sorted list be read in pages.
    case when _index.type = 'BTREE' and not _index.is_unique and not 'id' = any (array_agg(k.key)) then ', id' else '' end,
    -- Among living rows only: a deleted record must not hold its address.
    case when _index.is_unique then ' where (deleted_at is null)' else '' end)
  from private.index_keys(_index) k;
end;

comment on function private.index_definition(core.indexes) is
  'The second half of an index''s statement.';

create or replace function private.index_statement(index_id uuid, is_concurrent boolean default true) returns text
language sql stable
return (
  select format('create %sindex %s%I on %s %s', case when i.is_unique then 'unique ' else '' end,
                case when is_concurrent then 'concurrently ' else '' end,
                i.name, private.table_of(i.object_id), private.index_definition(i))
  from core.indexes i where i.id = index_statement.index_id
);

comment on function private.index_statement(uuid, boolean) is
  'The statement that makes an index.';

create or replace function private.index_job(index_id uuid)
returns table (status text, name text, qualified_name text, is_valid boolean)
language sql stable
begin atomic
  select i.status, i.name, format('%I.%I', w.schema_name, i.name), x.indisvalid
  from core.indexes i
  join core.workspaces w on w.id = i.workspace_id
  left join pg_namespace n on n.nspname = w.schema_name
  left join pg_class c on c.relnamespace = n.oid and c.relname = i.name and c.relkind = 'i'
  left join pg_index x on x.indexrelid = c.oid
  where i.id = index_job.index_id;
end;

comment on function private.index_job(uuid) is
  'How far an index is, for the job that builds it: is_valid is null when there is none yet.';

create or replace function private.set_index_status(index_id uuid, status text, reason text default null) returns void
language plpgsql
as $$
declare
  _workspace_id uuid;
begin
  update core.indexes i set status = set_index_status.status, status_reason = reason where i.id = set_index_status.index_id
    returning i.workspace_id into _workspace_id;
  if status = 'READY' then
    perform private.touch_metadata(_workspace_id);
  end if;
end
$$;

comment on function private.set_index_status(uuid, text, text) is
  'Says how far an index is; lists are sorted by one that is ready.';

create or replace function private.rename_index(index_id uuid) returns void
language plpgsql
as $$
declare
  _index core.indexes;
  _name text;
begin
  select * into strict _index from core.indexes i where i.id = rename_index.index_id;
  _name := private.index_name(_index);
  if _name <> _index.name then
    -- A job that builds it now holds the table, so this waits, and fails as busy.
    perform private.run(format('alter index if exists %s rename to %I',
      (select j.qualified_name from private.index_job(_index.id) j), _name));
    update core.indexes i set name = _name where i.id = _index.id;
  end if;
  -- By the columns' new names, whatever the index is called.
  if _index.is_unique then
    perform private.comment_object(o) from core.objects o where o.id = _index.object_id;
  end if;
end
$$;

comment on function private.rename_index(uuid) is
  'Lets an index''s name follow the names of its columns.';
--! EndIncluded private/build_index.sql
--! Included private/row_rule_uses.sql
-- Which rules of rows are made of a field, and what becomes of them when it gets another name.

create or replace function private.rule_keys(object_id uuid, of_object uuid) returns text[]
language sql stable
return case when object_id = of_object then '{field}'::text[] else '{}' end
  || case when exists (select from core.objects o where o.id = rule_keys.object_id and o.name_singular = 'workspaceMember' and not o.is_custom)
     then '{member,colleagues}'::text[] else '{}' end;

comment on function private.rule_keys(uuid, uuid) is
  'Under which keys a rule about the records of one object names fields of another.';

create or replace function private.row_rules_with(field_id uuid) returns setof core.row_rules
language sql stable
begin atomic
  select r
  from core.fields f
  join core.row_rules r on r.workspace_id = f.workspace_id
  where f.id = row_rules_with.field_id
    and exists (select from unnest(private.rule_keys(f.object_id, r.object_id)) k,
                            jsonb_path_query(r.predicate, 'strict $.**') n
                where jsonb_typeof(n) = 'object' and n ->> k = f.name and not (k = 'member' and f.name = 'id'));
end;

comment on function private.row_rules_with(uuid) is
  'The rules of rows that name a field, be it of the record or of the member.';

create or replace function private.rename_in_rule(node jsonb, keys text[], old_name text, new_name text) returns jsonb
language plpgsql immutable
as $$
begin
  if jsonb_typeof(node) <> 'object' then
    return node;
  elsif jsonb_typeof(node -> 'args') = 'array' then
    return node || jsonb_build_object('args', (
      select coalesce(jsonb_agg(private.rename_in_rule(a, keys, old_name, new_name) order by n), '[]')
      from jsonb_array_elements(node -> 'args') with ordinality x (a, n)));
  end if;
  return node || coalesce((select jsonb_object_agg(k, new_name) from unnest(keys) k where node ->> k = old_name), '{}');
end
$$;

comment on function private.rename_in_rule(jsonb, text[], text, text) is
  'A rule in which a field has another name, under these keys.';

create or replace function private.rename_in_row_rules(object_id uuid, old_name text, new_name text) returns void
language plpgsql
as $$
declare
  _object uuid;
begin
  update core.row_rules r
    set predicate = x.predicate, printed = private.print_row_rule(x.predicate), member_columns = private.member_columns(x.predicate)
    from (select s.id, private.rename_in_rule(s.predicate, private.rule_keys(rename_in_row_rules.object_id, s.object_id), old_name, new_name) as predicate
          from core.row_rules s
          where s.workspace_id = (select o.workspace_id from core.objects o where o.id = rename_in_row_rules.object_id)) x
    where x.id = r.id and x.predicate <> r.predicate;
  -- A policy follows its own table's columns by itself; of a member's it has the name.
  for _object in
    select distinct r.object_id from core.row_rules r
    where 'member' = any (private.rule_keys(rename_in_row_rules.object_id, r.object_id))
      and r.workspace_id = (select o.workspace_id from core.objects o where o.id = rename_in_row_rules.object_id)
      and jsonb_path_exists(r.predicate, 'strict $.** ? (exists(@.member) || exists(@.colleagues))')
  loop
    perform private.rebuild_row_policies(_object);
  end loop;
end
$$;

comment on function private.rename_in_row_rules(uuid, text, text) is
  'Lets the rules of rows follow a field''s new name.';
--! EndIncluded private/row_rule_uses.sql
--! Included private/expression_uses.sql
-- Who uses a field, and what becomes of expressions when one is renamed.


create or replace function private.uses_of_field(field_id uuid) returns table (kind text, id uuid, name text)
language sql stable
begin atomic
  select 'formula', f.id, f.name
  from core.fields u join core.fields f on f.object_id = u.object_id
  where u.id = uses_of_field.field_id and u.name in (select private.expression_fields(f.settings -> 'formula'))
  union
  -- What a rollup adds up, asks for, and goes along.
  select 'rollup', r.id, r.name
  from core.fields u
  join core.relations l on l.from_object_id = u.object_id or u.id in (l.from_field_id, l.to_field_id)
  join core.fields t on t.id = l.to_field_id
  join core.fields r on r.object_id = l.to_object_id and r.settings -> 'rollup' ->> 'relation' = t.name
  where u.id = uses_of_field.field_id
    and (u.id in (l.from_field_id, l.to_field_id)
      or u.object_id = l.from_object_id
        and (u.name = r.settings -> 'rollup' ->> 'field'
          or u.name in (select private.expression_fields(r.settings -> 'rollup' -> 'filter'))))
  union
  select 'rule', r.id, r.name
  from core.fields u join core.rules r on r.object_id = u.object_id
  where u.id = uses_of_field.field_id and u.name in (select private.expression_fields(r.expression))
  union
  select 'index', i.id, i.name
  from core.fields u join core.indexes i on i.object_id = u.object_id
  where u.id = uses_of_field.field_id and i.fields @> jsonb_build_array(jsonb_build_object('fieldId', u.id))
  union
  select 'rowRule', r.id, r.name from private.row_rules_with(uses_of_field.field_id) r
  union
  -- What its records are called by, shown with and told apart by.
  select 'object', o.id, o.name_singular
  from core.fields u join core.objects o on o.id = u.object_id
  where u.id = uses_of_field.field_id
    and (u.name in (o.label_field, o.image_field) or jsonb_path_exists(o.duplicate_criteria, '$[*][*] ? (@ == $name)', jsonb_build_object('name', u.name)));
end;

comment on function private.uses_of_field(uuid) is
  'The formulas, rollups, rules, rules of rows and indexes that a field is part of, and the object whose labelField or imageField it is, or in whose duplicateCriteria it stands; it is not deleted before they let it go.';

create or replace function private.rename_in_expression(expression jsonb, old_name text, new_name text) returns jsonb
language plpgsql immutable
as $$
begin
  if expression ->> 'field' = old_name then
    return expression || jsonb_build_object('field', new_name);
  elsif jsonb_typeof(expression -> 'args') = 'array' then
    return expression || jsonb_build_object('args', (
      select coalesce(jsonb_agg(private.rename_in_expression(a, old_name, new_name) order by n), '[]')
      from jsonb_array_elements(expression -> 'args') with ordinality x (a, n)));
  end if;
  return expression;
end
$$;

comment on function private.rename_in_expression(jsonb, text, text) is
  'An expression in which a field has another name.';

create or replace function private.rename_in_expressions(object_id uuid, old_name text, new_name text) returns void
language plpgsql
as $$
declare
  _relation_id uuid;
begin
  update core.fields f
    set settings = f.settings || jsonb_build_object('formula',
          private.rename_in_expression(f.settings -> 'formula', old_name, new_name))
    where f.object_id = rename_in_expressions.object_id
      and old_name in (select private.expression_fields(f.settings -> 'formula'));
  update core.rules r
    set expression = private.rename_in_expression(r.expression, old_name, new_name)
    where r.object_id = rename_in_expressions.object_id
      and old_name in (select private.expression_fields(r.expression));
  -- Rollups of this object along the field, and rollups elsewhere over this object's records.
  update core.fields f
    set settings = jsonb_set(f.settings, '{rollup,relation}', to_jsonb(new_name))
    where f.object_id = rename_in_expressions.object_id and f.settings -> 'rollup' ->> 'relation' = old_name;
  update core.fields f
    set settings = f.settings || jsonb_build_object('rollup', jsonb_strip_nulls(f.settings -> 'rollup'
          || jsonb_build_object(
               'field', case f.settings -> 'rollup' ->> 'field' when old_name then new_name else f.settings -> 'rollup' ->> 'field' end))
          || case when f.settings -> 'rollup' ? 'filter' then jsonb_build_object(
               'filter', private.rename_in_expression(f.settings -> 'rollup' -> 'filter', old_name, new_name)) else '{}' end)
    from core.relations l join core.fields t on t.id = l.to_field_id
    where l.from_object_id = rename_in_expressions.object_id
      and f.object_id = l.to_object_id and f.settings -> 'rollup' ->> 'relation' = t.name;
  perform private.rename_in_row_rules(object_id, old_name, new_name);
  perform private.rebuild_derived(object_id);
end
$$;

comment on function private.rename_in_expressions(uuid, text, text) is
  'Lets formulas, rollups and rules follow a field''s new name, once its row and its column have it; columns and checks follow by themselves.';

create or replace function private.rebuild_derived(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.build_rollups(l.id) from core.relations l
    where rebuild_derived.object_id in (l.from_object_id, l.to_object_id);
  perform private.build_kept_formulas(object_id);
  perform private.rename_index(i.id) from core.indexes i where i.object_id = rebuild_derived.object_id;
end
$$;

comment on function private.rebuild_derived(uuid) is
  'Makes what is kept by name follow an object: the triggers of rollups into it and out of it, and the names of its indexes. To be called after a table, a column or a field of it was renamed or dropped.';
--! EndIncluded private/expression_uses.sql
--! Included private/workspace_shape.sql
-- The shape of a workspace: a hash of all that decides its GraphQL schema, and of
-- nothing else. It names no id, so workspaces alike have one shape.

create or replace function private.workspace_shape(workspace_id uuid) returns text
language sql stable
return (
  select encode(sha256(convert_to(coalesce(string_agg(shape.line, E'\n' order by shape.line), ''), 'UTF8')), 'hex')
  from (
    select jsonb_build_array('object', o.name_singular, o.name_plural, o.table_name, o.description,
                             o.label_field, o.search_fields, o.image_field, o.is_searchable)::text as line
    from core.objects o
    where o.workspace_id = workspace_shape.workspace_id and o.is_active
    union all
    select jsonb_build_array('field', o.name_singular, f.name, f.type, f.column_name, f.description,
                             f.is_nullable or 'REQUIRED' = any (f.building),
                             f.default_value is null, f.is_unique,
                             (select jsonb_agg(x -> 'value' order by (x ->> 'position')::int) from jsonb_array_elements(f.options) x),
                             -- What only tells how to show a value makes no other API.
                             f.settings - array(select r.key from jsonb_each(t.settings) r where not r.value ? 'decidesApi') - '{formula,rollup}'::text[],
                             f.settings ?| '{formula,rollup}')::text
    from core.fields f join core.objects o on o.id = f.object_id join core.field_types t on t.name = f.type
    where f.workspace_id = workspace_shape.workspace_id and f.is_active and not private.is_filling(f)
    union all
    select jsonb_build_array('unique', o.name_singular, private.unique_keys(o.id))::text
    from core.objects o
    where o.workspace_id = workspace_shape.workspace_id and exists (select from core.indexes i where i.object_id = o.id and i.is_unique)
    union all
    select jsonb_build_array('relation', r.type, o.name_singular, f.name, r.column_name, p.name_singular, g.name,
                             (select j.name_singular from core.objects j where j.id = r.junction_object_id))::text
    from core.relations r
    join core.objects o on o.id = r.from_object_id
    join core.fields f on f.id = r.from_field_id
    join core.objects p on p.id = r.to_object_id
    join core.fields g on g.id = r.to_field_id
    where r.workspace_id = workspace_shape.workspace_id
    union all
    -- Lists that an index has in order are asked for in another form (src/records/seek.ts).
    select jsonb_build_array('sorted', o.name_singular, k.key)::text
    from core.indexes i join core.objects o on o.id = i.object_id, private.index_keys(i) k
    where i.workspace_id = workspace_shape.workspace_id and i.type = 'BTREE' and not i.is_unique and i.status = 'READY' and k.place = 1
    union all
    select jsonb_build_array('function', f.table_name, f.name, f.result, f.description)::text
    from core.workspaces w, private.functions_in(w.schema_name) f
    where w.id = workspace_shape.workspace_id and f.why_not is null
  ) shape
);

comment on function private.workspace_shape(uuid) is
  'The SHA-256, in hex, of all that decides a workspace''s GraphQL schema.';

create or replace function private.touch_metadata(workspace_id uuid, takes_away boolean default false) returns void
language plpgsql
as $$
begin
  update core.workspaces w
    set metadata_version = w.metadata_version + 1,
        compatible_from = case when takes_away then w.metadata_version + 1 else w.compatible_from end,
        shape = private.workspace_shape(w.id)
    where w.id = touch_metadata.workspace_id;
  -- Who is held back from some fields is granted new ones by name.
  if exists (select from private.field_limits l where l.workspace_id = touch_metadata.workspace_id)
    or exists (select from private.bi_logins l where l.workspace_id = touch_metadata.workspace_id) then
    perform private.build_access(touch_metadata.workspace_id);
  end if;
end
$$;

comment on function private.touch_metadata(uuid, boolean) is
  'Counts a change of the data model; when it takes something away, schemas compiled before it may not answer any more.';

create or replace function private.lock_metadata(workspace_id uuid) returns void
language plpgsql
as $$
begin
  -- An autovacuum leaves a table to whoever has waited for it for so long: DDL must not have given up by then.
  if has_parameter_privilege('deadlock_timeout', 'set') then
    perform set_config('deadlock_timeout', '50ms', true);
  end if;
  perform pg_advisory_xact_lock(hashtextextended('relata.metadata.' || workspace_id, 0));
end
$$;

comment on function private.lock_metadata(uuid) is
  'Lets one transaction at a time change a workspace''s data model.';
--! EndIncluded private/workspace_shape.sql
--! Included private/notice_ddl.sql
-- DDL that somebody types in psql is noticed: the workspace's version grows, so that
-- servers look at it again. db/event_triggers.sql hangs this on the database, where the
-- administrator may do that.

create or replace function private.workspace_of(schema_name text) returns uuid
language sql stable
begin atomic
  -- As the rows themselves are bound to it. core.workspaces shows itself to who knows the id only.
  select substring(pg_get_expr(p.polqual, p.polrelid) from '''([0-9a-f]{8}-[0-9a-f-]{27})''')::uuid
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = workspace_of.schema_name and p.polname = 'in_workspace'
  order by c.relname = 'workspace_member' desc
  limit 1;
end;

comment on function private.workspace_of(text) is
  'The id of the workspace whose records a schema holds, as its policies tell it; null when there is none.';

create or replace function private.workspaces() returns table (id uuid, subdomain text, schema_name text)
language plpgsql
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
  _id uuid;
begin
  for _id in select private.workspace_of(n.nspname) from pg_namespace n where n.nspname like 'workspace\_%' order by n.nspname loop
    perform set_config('relata.workspace_id', _id::text, true);
    return query select w.id, w.subdomain, w.schema_name from core.workspaces w where w.id = _id;
  end loop;
  perform set_config('relata.workspace_id', coalesce(_was, ''), true);
end
$$;

comment on function private.workspaces() is
  'Every workspace, for commands that an administrator types; row security shows one at a time.';

create or replace function private.touch_if_moved(workspace_id uuid) returns void
language sql
begin atomic
  select private.touch_metadata(w.id, true)
  from core.workspaces w
  where w.id = touch_if_moved.workspace_id and w.shape is distinct from private.workspace_shape(w.id);
end;

comment on function private.touch_if_moved(uuid) is
  'Counts what was done to a workspace where no event trigger tells of it: its shape is not the one that is known.';

create or replace function private.notice_ddl() returns event_trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
  _schemas text[];
  _id uuid;
begin
  if current_setting('relata.own_ddl', true) = 'on' then
    return;
  elsif tg_event = 'sql_drop' then
    _schemas := array(select distinct d.schema_name from pg_event_trigger_dropped_objects() d where d.schema_name like 'workspace\_%');
  elsif tg_tag in ('GRANT', 'REVOKE') then
    -- Of whose objects, PostgreSQL does not say. The API asks it of functions.
    _schemas := array(select distinct n.nspname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname like 'workspace\_%');
  else
    _schemas := array(select distinct d.schema_name from pg_event_trigger_ddl_commands() d where d.schema_name like 'workspace\_%');
  end if;
  for _id in select private.workspace_of(s) from unnest(_schemas) s loop
    perform set_config('relata.workspace_id', _id::text, true);
    if tg_tag in ('GRANT', 'REVOKE') then
      perform private.touch_if_moved(_id);
    else
      perform private.touch_metadata(_id, true);
    end if;
  end loop;
  if _schemas <> '{}' then
    perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  end if;
end
$$;

comment on function private.notice_ddl() is
  'Counts DDL in a workspace''s schema, when it is not Relata''s own, as a change of its data model: schemas compiled before may not answer any more.';
--! EndIncluded private/notice_ddl.sql
--! Included private/default_view.sql
-- The view that an object opens with: all its fields, as they come.

create or replace function private.create_default_view(object_id uuid) returns void
language plpgsql
as $$
declare
  _object core.objects;
  _view_id uuid;
begin
  select * into strict _object from core.objects o where o.id = create_default_view.object_id;
  -- What is made for other objects is not offered to people as such.
  if _object.is_system then
    return;
  end if;
  insert into core.views (workspace_id, object_id, creator_id, name, key, icon)
    values (_object.workspace_id, _object.id, null, left('All ' || _object.label_plural, 255), 'INDEX', _object.icon)
    returning id into _view_id;
  insert into core.view_fields (workspace_id, view_id, field_id, is_visible, position)
    select _object.workspace_id, _view_id, f.id, f.place <= 30, f.place - 1
    from (
      -- What a record is called comes first, and when it was made last.
      select f.id, row_number() over (order by f.name <> _object.label_field, f.name = 'createdAt', f.id) as place
      from core.fields f
      where f.object_id = _object.id and (not f.is_system or f.name in ('createdAt', _object.label_field))
    ) f;
end
$$;

comment on function private.create_default_view(uuid) is
  'Makes the view that an object opens with: all its records in a table. Objects made for others have none.';

create or replace function private.show_in_index_view(field_id uuid) returns void
language sql
begin atomic
  -- A relation brings a field on each side.
  insert into core.view_fields (workspace_id, view_id, field_id, is_visible, position)
  select f.workspace_id, v.id, f.id,
         -- Both, when a relation is an object's to itself.
         (select count(*) from core.view_fields g where g.view_id = v.id and g.is_visible and g.deleted_at is null)
           + row_number() over (partition by v.id order by f.id) <= 30,
         (select coalesce(max(g.position), -1) from core.view_fields g where g.view_id = v.id)
           + row_number() over (partition by v.id order by f.id)
  from core.fields f
  join core.views v on v.object_id = f.object_id and v.key = 'INDEX'
  where not f.is_system
    and f.id in (
      select show_in_index_view.field_id
      union select r.to_field_id from core.relations r where r.from_field_id = show_in_index_view.field_id
      union select r.from_field_id from core.relations r where r.to_field_id = show_in_index_view.field_id)
    and not exists (select from core.view_fields g where g.view_id = v.id and g.field_id = f.id);
end;

comment on function private.show_in_index_view(uuid) is
  'Appends a new field, and the other side of a relation, to the index view of its object; shown while there is room.';
--! EndIncluded private/default_view.sql
--! Included private/check_settings.sql
-- The settings of a field, by the rules that its type declares.

create or replace function private.setting_fits(value jsonb, rule jsonb) returns boolean
language plpgsql immutable
as $$
declare
  _number numeric;
begin
  if rule ? 'enum' then
    return jsonb_typeof(value) = 'string' and rule -> 'enum' @> value;
  elsif rule ->> 'type' = 'array' then
    return jsonb_typeof(value) = 'array' and jsonb_array_length(value) <= 100
      and not exists (select from jsonb_array_elements(value) x where not private.setting_fits(x, rule -> 'items'));
  elsif rule ->> 'type' = 'integer' and jsonb_typeof(value) = 'number' then
    _number := (value #>> '{}')::numeric;
    return _number = trunc(_number)
      and _number between (rule ->> 'minimum')::numeric and (rule ->> 'maximum')::numeric;
  end if;
  return jsonb_typeof(value) = rule ->> 'type';
end
$$;

comment on function private.setting_fits(jsonb, jsonb) is
  'Whether a setting follows its rule: {enum}, {type: integer, minimum, maximum}, {type: array, items} or {type: boolean}.';

create or replace function private.check_settings(type text, settings jsonb) returns void
language plpgsql
as $$
declare
  _rules jsonb;
  _setting record;
begin
  select t.settings into _rules from core.field_types t where t.name = check_settings.type;
  if jsonb_typeof(settings) <> 'object' then
    perform private.fail('SETNG', 'Settings are an object.', 'data.settings');
  elsif settings - array(select jsonb_object_keys(_rules)) <> '{}' then
    perform private.fail('SETNG', format('The settings of a field of the type %s are: %s.', type,
      coalesce((select string_agg(k, ', ' order by k) from jsonb_object_keys(_rules) k), 'none')), 'data.settings');
  end if;
  for _setting in select r.key, r.value as rule, nullif(settings -> r.key, 'null') as value from jsonb_each(_rules) r loop
    if _setting.value is null and (_setting.rule ->> 'required')::boolean then
      perform private.fail('SETNG', format('A field of the type %s needs the setting %s.', type, _setting.key),
        'data.settings.' || _setting.key);
    elsif not private.setting_fits(_setting.value, _setting.rule) then
      perform private.fail('SETNG', format('The setting %s does not follow its rule: %s.', _setting.key,
        _setting.rule - array['required', 'default', 'decidesApi']), 'data.settings.' || _setting.key);
    end if;
  end loop;
end
$$;

comment on function private.check_settings(text, jsonb) is
  'Nothing when the settings fit the type; SETTINGS_INVALID otherwise.';
--! EndIncluded private/check_settings.sql
--! Included private/check_options.sql
-- The options of a SELECT or a MULTI_SELECT.

create or replace function private.check_options(_type core.field_types, spec jsonb) returns void
language plpgsql
as $$
declare
  _options jsonb := nullif(spec -> 'options', 'null');
begin
  if _type.options is distinct from '[]' then
    if _options is not null then
      perform private.fail('OPTNS', format('A field of type %s has no options of its own.', _type.name), 'data.options');
    end if;
    return;
  end if;
  if _options is null or jsonb_typeof(_options) <> 'array' or jsonb_array_length(_options) not between 1 and 500 then
    perform private.fail('OPTNS', format('A %s has a list of 1 to 500 options.', _type.name), 'data.options');
  end if;
  -- GraphQL's enums cannot begin with a digit, and keep __ for themselves.
  if exists (select from jsonb_array_elements(_options) o
             where coalesce(o ->> 'value', '') !~ '^[A-Z_][A-Z0-9_]{0,62}$' or (o ->> 'value') ~ '^__') then
    perform private.fail('OPTNS', 'An option''s value is UPPER_SNAKE_CASE, at most 63 characters, and begins with a letter.', 'data.options.value');
  end if;
  if exists (select from jsonb_array_elements(_options) o
             where jsonb_typeof(o -> 'label') <> 'string' or length(o ->> 'label') > 63 or o ->> 'label' like '%,%') then
    perform private.fail('LABEL', 'An option''s label is one line of 1 to 63 characters, without a comma.', 'data.options.label');
  end if;
  perform private.check_label(o ->> 'label', 'data.options.label')
    from jsonb_array_elements(_options) o where o ->> 'label' is not null;
  if exists (select from jsonb_array_elements(_options) o where coalesce(o ->> 'color', 'gray') !~ '^[a-zA-Z0-9#-]{1,30}$') then
    perform private.fail('OPTNS', 'An option''s color is a name or a hex code, at most 30 characters.', 'data.options.color');
  end if;
  if exists (select from jsonb_array_elements(_options) o
             where o ->> 'id' !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' or jsonb_typeof(o -> 'id') not in ('string', 'null')) then
    perform private.fail('OPTNS', 'An option''s id is a UUID.', 'data.options.id');
  end if;
  if exists (select from jsonb_array_elements(_options) o
             where jsonb_typeof(o -> 'position') not in ('number', 'null') or o ->> 'position' !~ '^[0-9]{1,9}$') then
    perform private.fail('OPTNS', 'An option''s position is a whole number.', 'data.options.position');
  end if;
  perform private.check_options_differ(_options);
end
$$;

comment on function private.check_options(core.field_types, jsonb) is
  'Nothing when the options fit the type; OPTIONS_INVALID or LABEL_INVALID otherwise.';

create or replace function private.check_options_differ(options jsonb) returns void
language plpgsql
as $$
declare
  _twice text;
begin
  select k into _twice
    from jsonb_array_elements(options) o, unnest(array['value', 'id', 'position']) with ordinality x (k, n)
    where o ->> k is not null
    group by k, n
    having count(distinct lower(o ->> k)) <> count(*)
    order by n limit 1;
  if found then
    perform private.fail('OPTNS', format('Two options have the same %s.', _twice), 'data.options.' || _twice);
  end if;
  if (select count(o ->> 'position') not in (0, count(*)) from jsonb_array_elements(options) o) then
    perform private.fail('OPTNS', 'Give every option a position, or none.', 'data.options.position');
  end if;
end
$$;

comment on function private.check_options_differ(jsonb) is
  'Nothing when no two options share a value, an id or a position; OPTIONS_INVALID otherwise.';

create or replace function private.numbered_options(options jsonb) returns jsonb
language sql
return (
  select jsonb_agg(jsonb_build_object(
           'id', coalesce(lower(o ->> 'id'), authz.uuid_v7()::text),
           'value', o ->> 'value',
           'label', coalesce(btrim(o ->> 'label'), private.words(lower(o ->> 'value'))),
           'color', coalesce(o ->> 'color', 'gray'),
           'position', n - 1) order by n)
  from (
    select o, row_number() over (order by (o ->> 'position')::int, listed) as n
    from jsonb_array_elements(nullif(options, 'null')) with ordinality x (o, listed)
  ) y
);

comment on function private.numbered_options(jsonb) is
  'The options of a field with ids, labels and colours filled in, by their positions or else in the order they were given.';
--! EndIncluded private/check_options.sql
--! Included private/create_field.sql
-- The rows of a field, checked. core.apply_changes is the door for admins.

create or replace function private.add_field(
  _object core.objects, spec jsonb, path text default 'data.name', label_path text default 'data.label'
) returns core.fields
language plpgsql
as $$
declare
  _name text := spec ->> 'name';
  _type text := spec ->> 'type';
  _is_inverse boolean := coalesce((spec ->> 'isInverse')::boolean, false);
  _column text;
  _own_type core.field_types;
  _field core.fields;
begin
  select * into _own_type from core.field_types t where t.name = _type;
  perform private.check_all(
    -- Names of system fields follow from an object's, and may be longer.
    case when not coalesce((spec ->> 'isSystem')::boolean, false) then format('select private.check_name(%L, %L)', _name, path) end,
    -- A label that is made of the name is as good as the name.
    case when spec ->> 'label' is not null then format('select private.check_label(%L, %L)', spec ->> 'label', label_path) end,
    format('select private.check_texts(%L)', spec),
    case when _own_type.name is null then $fault$select private.fail('FTYPE', 'There is no such field type.', 'data.type')$fault$ else
      -- Formulas and rollups are checked as their columns are made, when all fields are there.
      format('select private.check_settings(%L, %L)', _type, private.without_derived(coalesce(spec -> 'settings', '{}'))) end,
    case when _own_type.name is not null then
      format('select private.check_options(t, %L) from core.field_types t where t.name = %L', spec, _type) end);
  _column := private.snake_case(_name) || coalesce(_own_type.columns #>> '{0,suffix}', '');
  perform private.check_field_name(_object, _name, _type, path, null, _is_inverse);
  -- PostgreSQL allows 1,600 columns, and far fewer wide ones in a row.
  if (select count(*) from core.fields f where f.object_id = _object.id) >= 500 then
    perform private.fail('LIMIT', 'An object holds at most 500 fields.', 'data');
  end if;

  insert into core.fields (workspace_id, object_id, name, label, description, icon, type, column_name,
                           is_nullable, is_unique, default_value, options, settings, is_custom, is_system)
    values (_object.workspace_id, _object.id, _name,
            coalesce(spec ->> 'label', private.words(_name)),
            coalesce(spec ->> 'description', ''), coalesce(spec ->> 'icon', ''),
            _type, case when not _is_inverse then _column end,
            coalesce((spec ->> 'isNullable')::boolean, true),
            coalesce((spec ->> 'isUnique')::boolean, false),
            -- What is JSON itself keeps its quotes.
            nullif(case when _type = 'RAW_JSON' then spec -> 'defaultValue' else private.unquoted(spec -> 'defaultValue') end, 'null'),
            private.numbered_options(case when _own_type.options = '[]' then spec -> 'options' else _own_type.options end),
            coalesce(nullif(spec -> 'settings', 'null'), '{}'),
            coalesce((spec ->> 'isCustom')::boolean, true),
            coalesce((spec ->> 'isSystem')::boolean, false))
    returning * into _field;
  perform private.check_columns(_field, path);
  return _field;
end
$$;

comment on function private.add_field(core.objects, jsonb, text, text) is
  'Writes a field''s row from what was asked for ({name, label, type, …}) after checking it. The table does not follow yet.';

create or replace function private.check_field_name(
  _object core.objects, name text, type text, path text, except_id uuid default null, is_inverse boolean default false
) returns void
language plpgsql
as $$
declare
  _column text := private.snake_case(name) || case type when 'RELATION' then '_id' else '' end;
  _clash text;
begin
  -- Words of filters, columns that PostgreSQL has on every table, and what every object of
  -- JavaScript has: graphql-js would find it in each input that does not give the field.
  if name in ('and', 'or', 'not', 'typename', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid',
              'constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString', 'toString', 'valueOf') then
    perform private.fail('NAMER', 'That name is reserved.', path);
  end if;

  -- A relation called company also takes the name companyId, and a column belongs to one field.
  select f.name into _clash from core.fields f
    where f.object_id = _object.id and f.id is distinct from except_id
      and (lower(f.name) = lower(check_field_name.name)
        or (not is_inverse and f.column_name = _column)
        or (check_field_name.type = 'RELATION' and not is_inverse and lower(f.name) = lower(check_field_name.name || 'Id'))
        or (f.type = 'RELATION' and f.column_name is not null and lower(f.name || 'Id') = lower(check_field_name.name))
        or private.morph_takes(f, check_field_name.name, case when not is_inverse then _column end))
    limit 1;
  if found then
    perform private.fail('NAMEX', format('This object already has a field %s.', _clash), path);
  end if;
  -- The API names an enum by object and field, run together: project.taskStatus, projectTask.status.
  if exists (select from core.field_types t where t.name = check_field_name.type and t.options is not null) and exists (
    select from core.fields f join core.objects o on o.id = f.object_id
    where f.workspace_id = _object.workspace_id and f.options is not null and f.object_id <> _object.id
      and lower(o.name_singular || f.name) = lower(_object.name_singular || check_field_name.name)) then
    perform private.fail('NAMEX', 'Another object''s field has the same enum in the API.', path);
  end if;
end
$$;

comment on function private.check_field_name(core.objects, text, text, text, uuid, boolean) is
  'Nothing for a name that a field of the object may have; NAME_INVALID, NAME_RESERVED or NAME_TAKEN otherwise.';

create or replace function private.create_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _id uuid := case spec ->> 'type'
    when 'RELATION' then private.create_relation_field(_object, spec)
    when 'MORPH_RELATION' then private.create_morph_field(_object, spec)
    else private.create_value_field(_object, spec)
  end;
begin
  perform private.show_in_index_view(_id);
  return _id;
end
$$;

comment on function private.create_field(core.objects, jsonb) is
  'Adds a field to an object that stands: its rows, its columns, and for a relation the other side too.';

create or replace function private.create_value_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _field core.fields := private.add_field(_object, spec);
begin
  if not _field.is_nullable and not _field.is_system and not coalesce((spec ->> 'onEmptyTable')::boolean, false)
    and exists (select from private.field_parts(_field) p
                where p.is_required and private.default_sql(_field, p.spec, p.type) is null) then
    perform private.fail('DEFLT', 'A field that may not be empty needs a default value, for the records there are.', 'data.defaultValue');
  elsif _field.is_unique and not exists (select from private.field_parts(_field) p where p.is_unique) then
    perform private.fail('FTYPE', format('A field of the type %s cannot be unique.', _field.type), 'data.isUnique');
  elsif _field.is_unique and _field.default_value is not null and _field.type <> 'UUID' then
    perform private.fail('DEFLT', 'A unique field has no default value: two records would share it.', 'data.defaultValue');
  end if;
  perform private.build_field(_field.id);
  return _field.id;
end
$$;

comment on function private.create_value_field(core.objects, jsonb) is
  'Adds a field that holds values of its own: its row, and its columns.';
--! EndIncluded private/create_field.sql
--! Included private/create_relation.sql
-- The rows of a relation's two fields and of the relation, checked, and then its key.
-- private.create_field comes here with fields of type RELATION.

create or replace function private.relation_input(spec jsonb) returns jsonb
language sql immutable
return (
  -- The reference's words for it are understood, too.
  select case when jsonb_typeof(r) = 'object' then r else '{}' end
    || jsonb_strip_nulls(jsonb_build_object(
         'targetObjectId', coalesce(r -> 'targetObjectId', r -> 'targetObjectMetadataId'),
         'targetFieldName', coalesce(r ->> 'targetFieldName', private.camel_case(r ->> 'targetFieldLabel')),
         'targetFieldLabel', r -> 'targetFieldLabel'))
  from (select coalesce(nullif(spec -> 'relation', 'null'), spec -> 'relationCreationPayload') as r) x
);

comment on function private.relation_input(jsonb) is
  'What was asked for of a RELATION: {targetObject or targetObjectId, targetFieldName, targetFieldLabel, targetFieldIcon, type, onDelete, junctionName}.';

create or replace function private.check_relation_type(relation jsonb, types text[], path text) returns void
language plpgsql
as $$
declare
  _type text := coalesce(relation ->> 'type', types[1]);
begin
  if _type <> all (types) then
    perform private.fail('RELAT', format('The type of this relation is one of: %s.', array_to_string(types, ', ')), path || '.type');
  elsif coalesce(relation ->> 'onDelete', 'SET_NULL') not in ('SET_NULL', 'CASCADE', 'RESTRICT', 'NO_ACTION') then
    perform private.fail('RELAT', 'onDelete is SET_NULL, CASCADE or RESTRICT.', path || '.onDelete');
  elsif _type = 'MANY_TO_MANY' and coalesce(relation ->> 'onDelete', 'CASCADE') <> 'CASCADE' then
    perform private.fail('RELAT', 'The pairs of a many-to-many go with their records: onDelete is CASCADE.', path || '.onDelete');
  elsif _type <> 'MANY_TO_MANY' and relation ->> 'junctionName' is not null then
    perform private.fail('RELAT', 'Only a many-to-many has a junction.', path || '.junctionName');
  end if;
end
$$;

comment on function private.check_relation_type(jsonb, text[], text) is
  'Nothing when a relation''s type is one of those, and onDelete goes with it; RELATION_INVALID otherwise.';

create or replace function private.check_relation_field(spec jsonb, can_be_unique boolean) returns void
language plpgsql
as $$
begin
  if nullif(spec -> 'defaultValue', 'null') is not null then
    perform private.fail('DEFLT', 'A relation has no default value.', 'data.defaultValue');
  elsif coalesce((spec ->> 'isUnique')::boolean, false) and not can_be_unique then
    perform private.fail('RELAT', 'A relation is unique when its type is ONE_TO_ONE.', 'data.isUnique');
  elsif not coalesce((spec ->> 'isNullable')::boolean, true) and not coalesce((spec ->> 'onEmptyTable')::boolean, false) then
    perform private.fail('RELAT', 'A relation can be empty, as the records there are have none.', 'data.isNullable');
  end if;
end
$$;

comment on function private.check_relation_field(jsonb, boolean) is
  'Nothing when the field itself can be a relation; DEFAULT_INVALID or RELATION_INVALID otherwise.';

create or replace function private.relation_target(workspace_id uuid, relation jsonb, path text) returns core.objects
language plpgsql stable
as $$
declare
  _target core.objects;
begin
  select * into _target from core.objects o
    where o.workspace_id = relation_target.workspace_id
      and (o.id::text = lower(relation ->> 'targetObjectId') or o.name_singular = relation ->> 'targetObject');
  if not found then
    perform private.fail('NTFND', 'There is no such object to relate to.', path || '.targetObjectId');
  end if;
  return _target;
end
$$;

comment on function private.relation_target(uuid, jsonb, text) is
  'The object that a relation is to join; NOT_FOUND when the workspace has none such.';

create or replace function private.add_other_side(_field core.fields, _target core.objects, relation jsonb, path text, is_inverse boolean)
returns core.fields
language sql
return private.add_field(_target, jsonb_build_object(
  'type', 'RELATION',
  'name', relation ->> 'targetFieldName',
  'label', relation ->> 'targetFieldLabel',
  'icon', relation ->> 'targetFieldIcon',
  'isCustom', _field.is_custom, 'isSystem', _field.is_system,
  'isInverse', is_inverse), path || '.targetFieldName', path || '.targetFieldLabel');

comment on function private.add_other_side(core.fields, core.objects, jsonb, text, boolean) is
  'Writes the row of the field by which a relation''s target knows it.';

create or replace function private.add_relation(_from core.fields, _to core.fields, type text, on_delete text, junction_id uuid default null)
returns uuid
language sql
begin atomic
  insert into core.relations (workspace_id, type, from_object_id, from_field_id, to_object_id, to_field_id,
                              column_name, junction_object_id, on_delete)
    select _from.workspace_id, add_relation.type, _from.object_id, _from.id, _to.object_id, _to.id,
           case when add_relation.type = 'MANY_TO_MANY' then null
                when _from.type = 'MORPH_RELATION' then _from.column_name || '_' || o.table_name || '_id'
                else _from.column_name end,
           add_relation.junction_id,
           case when coalesce(add_relation.on_delete, 'SET_NULL') = 'NO_ACTION' then 'RESTRICT' else coalesce(add_relation.on_delete, 'SET_NULL') end
    from core.objects o where o.id = _to.object_id
    returning id;
end;

comment on function private.add_relation(core.fields, core.fields, text, text, uuid) is
  'Writes a relation''s row, from the field that has the key, or that it was created from, to the other; answers its id.';

create or replace function private.create_relation_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _relation jsonb := private.relation_input(spec);
  _type text := coalesce(_relation ->> 'type', 'MANY_TO_ONE');
  _target core.objects;
  _field core.fields;
  _other core.fields;
begin
  perform private.check_relation_type(_relation, '{MANY_TO_ONE,ONE_TO_MANY,ONE_TO_ONE,MANY_TO_MANY}', 'data.relation');
  perform private.check_relation_field(spec, _type = 'ONE_TO_ONE');
  _field := private.add_field(_object, spec || jsonb_build_object(
    'isInverse', _type in ('ONE_TO_MANY', 'MANY_TO_MANY'), 'isUnique', _type = 'ONE_TO_ONE'));
  _target := private.relation_target(_object.workspace_id, _relation, 'data.relation');
  _other := private.add_other_side(_field, _target, _relation, 'data.relation', _type <> 'ONE_TO_MANY');

  if _type = 'MANY_TO_MANY' then
    perform private.create_junction(_field, _other, _relation);
  elsif _type = 'ONE_TO_MANY' then
    -- The same relation, told from its other end.
    perform private.build_relations(array[private.add_relation(_other, _field, 'MANY_TO_ONE', _relation ->> 'onDelete')]);
  else
    perform private.build_relations(array[private.add_relation(_field, _other, _type, _relation ->> 'onDelete')]);
  end if;
  return _field.id;
end
$$;

comment on function private.create_relation_field(core.objects, jsonb) is
  'Adds a field of type RELATION, the field on the other side, and what joins them; answers the first field''s id.';
--! EndIncluded private/create_relation.sql
--! Included private/create_junction.sql
-- Many-to-many: a junction object whose records are the pairs. It is an object like
-- any other, with a relation to each side, so pairs are made and ended in the API.

create or replace function private.create_junction(_from core.fields, _to core.fields, relation jsonb) returns uuid
language plpgsql
as $$
declare
  _a core.objects;
  _b core.objects;
  _singular text;
  _junction core.objects;
  _id uuid;
begin
  select * into strict _a from core.objects o where o.id = _from.object_id;
  select * into strict _b from core.objects o where o.id = _to.object_id;
  _singular := coalesce(relation ->> 'junctionName', _a.name_singular || private.upper_first(_b.name_singular));
  _id := private.create_object(_from.workspace_id, jsonb_build_object(
    'nameSingular', _singular,
    'namePlural', coalesce(relation ->> 'junctionNamePlural',
                           relation ->> 'junctionName' || 's',
                           _a.name_singular || private.upper_first(_b.name_plural)),
    'description', format('The pairs of %s.%s and %s.%s.', _a.name_singular, _from.name, _b.name_singular, _to.name),
    'isSystem', true, 'isCustom', _from.is_custom,
    'labelField', 'id', 'searchFields', '[]'::jsonb, 'fields', '[]'::jsonb));
  select * into strict _junction from core.objects o where o.id = _id;

  _id := private.add_relation(_from, _to, 'MANY_TO_MANY', 'CASCADE', _junction.id);
  if _a.id = _b.id then
    perform private.add_junction_side(_junction, _a, 'source' || private.upper_first(_a.name_singular), 'AsSource');
    perform private.add_junction_side(_junction, _b, 'target' || private.upper_first(_b.name_singular), 'AsTarget');
  else
    perform private.add_junction_side(_junction, _a, _a.name_singular, '');
    perform private.add_junction_side(_junction, _b, _b.name_singular, '');
  end if;
  perform private.index_junction(_junction);
  return _id;
exception when sqlstate 'NAMEV' or sqlstate 'NAMER' or sqlstate 'NAMEX' or sqlstate 'METAV' then
  -- Every name in here follows from the junction's.
  perform private.fail(case sqlstate when 'METAV' then 'NAMEV' else sqlstate end, format('The junction of this relation: %s', sqlerrm), 'data.relation.junctionName');
end
$$;

comment on function private.create_junction(core.fields, core.fields, jsonb) is
  'Joins two fields many-to-many: the relation, and the junction object ({junctionName, junctionNamePlural}, or named by both sides) with its table.';

create or replace function private.add_junction_side(_junction core.objects, _side core.objects, name text, suffix text) returns void
language sql
begin atomic
  select private.create_relation_field(_junction, jsonb_build_object(
    'type', 'RELATION', 'name', add_junction_side.name,
    'isCustom', _junction.is_custom, 'isSystem', true, 'isNullable', false, 'onEmptyTable', true,
    'relation', jsonb_build_object('targetObjectId', _side.id,
      'targetFieldName', _junction.name_plural || add_junction_side.suffix, 'onDelete', 'CASCADE')));
end;

comment on function private.add_junction_side(core.objects, core.objects, text, text) is
  'Points a junction at one of its sides: a key that must be there, and that ends the pair when the record is destroyed.';

create or replace function private.index_junction(_junction core.objects) returns void
language plpgsql
as $$
declare
  _columns text[] := (select array_agg(r.column_name order by r.id) from core.relations r where r.from_object_id = _junction.id);
begin
  -- One living pair of the same two records. Named by its second column, so that an error
  -- leads back to a field.
  perform private.run(format('create unique index %I on %s (%I, %I) where deleted_at is null',
    left(_columns[2] || '_key_' || right(_junction.id::text, 8), 63), private.table_of(_junction.id), _columns[1], _columns[2]));
end
$$;

comment on function private.index_junction(core.objects) is
  'Keeps two records from being paired twice, among the pairs that are not deleted.';
--! EndIncluded private/create_junction.sql
--! Included private/create_morph.sql
-- A morph field points at one record of several objects: a key for each target, of
-- which at most one is set, and a field on each target.

create or replace function private.morph_input(spec jsonb) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_agg(jsonb_build_object('type', r -> 'type', 'onDelete', r -> 'onDelete')
                            || jsonb_strip_nulls(private.relation_input(jsonb_build_object('relation', t))) order by n), '[]')
  from (select case when jsonb_typeof(spec -> 'relation') = 'object' then spec -> 'relation' else '{}' end as r) x,
       coalesce(nullif(x.r -> 'targets', 'null'), spec -> 'morphRelationsCreationPayload') list,
       jsonb_array_elements(case when jsonb_typeof(list) = 'array' then list else '[]' end) with ordinality y (t, n)
);

comment on function private.morph_input(jsonb) is
  'The targets that were asked for of a MORPH_RELATION, each as private.relation_input has it; what is said once for all is said of each.';

create or replace function private.create_morph_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _targets jsonb := private.morph_input(spec);
  _target jsonb;
  _field core.fields;
  _ids uuid[] := '{}';
begin
  perform private.check_relation_field(spec, false);
  if jsonb_array_length(_targets) not between 1 and 100 then
    perform private.fail('RELAT', 'A morph relation has a list of 1 to 100 targets.', 'data.relation.targets');
  end if;
  _field := private.add_field(_object, spec);
  for _target in select t from jsonb_array_elements(_targets) t loop
    _ids := _ids || private.add_morph_relation(_field, _target, 'data.relation.targets');
  end loop;
  perform private.build_relations(_ids, array[private.morph_check(_field)]);
  return _field.id;
end
$$;

comment on function private.create_morph_field(core.objects, jsonb) is
  'Adds a field of type MORPH_RELATION ({relation: {targets: [{targetObjectId, targetFieldName, …}]}}), with a key and an inverse field for each target; answers its id.';

create or replace function private.add_morph_relation(_field core.fields, relation jsonb, path text) returns uuid
language plpgsql
as $$
declare
  _target core.objects;
  _name text;
  _column text;
begin
  perform private.check_relation_type(relation, '{MANY_TO_ONE}', path);
  _target := private.relation_target(_field.workspace_id, relation, path);
  _name := _field.name || private.upper_first(_target.name_singular);
  _column := _field.column_name || '_' || _target.table_name || '_id';
  if exists (select from core.relations r where r.from_field_id = _field.id and r.to_object_id = _target.id) then
    perform private.fail('RELAT', format('%s is a target of this field already.', _target.name_singular), path || '.targetObjectId');
  elsif length(_column) > 60 then
    perform private.fail('NAMEV', format('%sId is too long a name: the field''s and its target''s hold 60 characters in snake_case.', _name), 'data.name');
  elsif exists (
      select from core.fields f where f.object_id = _field.object_id
        and (lower(f.name) in (lower(_name), lower(_name || 'Id')) or private.morph_takes(f, _name, _column)))
    or exists (
      select from pg_attribute a
      where a.attrelid = private.table_of(_field.object_id)::regclass and a.attname = _column and not a.attisdropped) then
    perform private.fail('NAMEX', format('This object already has a field %s, or %sId.', _name, _name), 'data.name');
  end if;
  return private.add_relation(_field, private.add_other_side(_field, _target, relation, path, true),
                              'MANY_TO_ONE', relation ->> 'onDelete');
end
$$;

comment on function private.add_morph_relation(core.fields, jsonb, text) is
  'Writes the rows of one target of a morph field: its inverse field and the relation, whose id it answers.';

create or replace function private.morph_takes(_field core.fields, name text, column_name text) returns boolean
language sql stable
return _field.type = 'MORPH_RELATION' and exists (
  select from core.relations r, private.relation_name(r) n
  where r.from_field_id = _field.id
    and (lower(n) in (lower(morph_takes.name), lower(morph_takes.name || 'Id'))
      or lower(n || 'Id') = lower(morph_takes.name)
      or r.column_name = morph_takes.column_name));

comment on function private.morph_takes(core.fields, text, text) is
  'Whether a morph field has a key of this name, or of this column.';

create or replace function private.morph_check(_field core.fields) returns text
language sql stable
return (
  -- A key that is new is empty, and one out of the trash was checked: nobody waits while records are read.
  select format('add constraint %I check (num_nonnulls(%s) <= 1)%s', _field.column_name || '_check',
                string_agg(format('%I', r.column_name), ', ' order by r.id),
                case when private.is_large(_field.object_id) then ' not valid' else '' end)
  from core.relations r where r.from_field_id = _field.id
);

comment on function private.morph_check(core.fields) is
  'The clause of ALTER TABLE that keeps a morph field from pointing at two records; named by the field, so that an error leads back to it.';

create or replace function private.add_morph_target(field_id uuid, target_object_id uuid, spec jsonb default '{}') returns uuid
language plpgsql
as $$
declare
  _field core.fields;
  _known core.fields;
  _id uuid;
begin
  select * into _field from core.fields f
    where f.id = add_morph_target.field_id and f.workspace_id = authz.workspace_id() and f.type = 'MORPH_RELATION';
  if not found then
    perform private.fail('NTFND', 'There is no such morph relation.', 'data.fieldId');
  end if;
  -- Unless told otherwise, a target knows the field by the name that the first one does.
  select f.* into _known from core.relations r join core.fields f on f.id = r.to_field_id
    where r.from_field_id = _field.id order by r.id limit 1;
  _id := private.add_morph_relation(_field,
    jsonb_build_object('targetFieldName', _known.name, 'targetFieldLabel', _known.label, 'targetFieldIcon', _known.icon)
      || private.relation_input(jsonb_build_object('relation', spec)) || jsonb_build_object('targetObjectId', target_object_id),
    'data');
  perform private.build_relations(array[_id], array[format('drop constraint %I', _field.column_name || '_check'), private.morph_check(_field)]);
  return _id;
end
$$;

comment on function private.add_morph_target(uuid, uuid, jsonb) is
  'Lets a morph field point at one object more ({targetFieldName, targetFieldLabel, targetFieldIcon, onDelete}), and answers the new relation''s id. The check over all keys is made anew, which reads the table once.';
--! EndIncluded private/create_morph.sql
--! Included private/create_targets.sql
-- Notes, tasks and files can be about any record: a new custom object becomes a
-- target of theirs, in the same transaction.

create or replace function private.create_targets(_object core.objects) returns void
language plpgsql
as $$
declare
  _owner core.objects;
  _name text := 'target' || private.upper_first(_object.name_singular);
  _field core.fields;
  _spec jsonb;
begin
  -- In one order, so that two who do this wait for each other and do not lock up.
  for _owner in
    select * from core.objects o
    where o.workspace_id = _object.workspace_id and not o.is_custom
      and o.name_singular in ('attachment', 'noteTarget', 'taskTarget')
    order by o.name_singular
  loop
    _field := private.add_field(_owner,
      jsonb_build_object('type', 'RELATION', 'name', _name, 'isCustom', false, 'isSystem', true), 'data.nameSingular');
    _spec := jsonb_build_object('targetFieldName', _owner.name_plural);
    perform private.build_relations(array[private.add_relation(
      _field, private.add_other_side(_field, _object, _spec, 'data.nameSingular', true), 'MANY_TO_ONE', 'CASCADE')]);
  end loop;
end
$$;

comment on function private.create_targets(core.objects) is
  'Makes a custom object a target of attachments, noteTargets and taskTargets, as the standard objects are.';
--! EndIncluded private/create_targets.sql
--! Included private/create_object.sql
-- The rows of an object and of its first fields, checked, and then its table.
-- core.apply_changes is the door for admins.

create or replace function private.forget_permissions(workspace_id uuid, name_plural text) returns void
language sql
begin atomic
  update core.roles r
    set permissions = array(
      select p from unnest(r.permissions) with ordinality x (p, n) where split_part(p, '.', 1) <> forget_permissions.name_plural order by n)
    where r.workspace_id = forget_permissions.workspace_id
      and exists (select from unnest(r.permissions) p where split_part(p, '.', 1) = forget_permissions.name_plural);
end;

comment on function private.forget_permissions(uuid, text) is
  'Takes from roles what they were granted on an object that once had this name: another one is another matter.';

create or replace function private.create_object(workspace_id uuid, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _singular text := spec ->> 'nameSingular';
  _plural text := spec ->> 'namePlural';
  _object core.objects;
  _field jsonb;
begin
  perform private.check_all(
    format('select private.check_name(%L, %L)', _singular, 'data.nameSingular'),
    format('select private.check_name(%L, %L)', _plural, 'data.namePlural'),
    case when spec ->> 'labelSingular' is not null then format('select private.check_label(%L, %L)', spec ->> 'labelSingular', 'data.labelSingular') end,
    case when spec ->> 'labelPlural' is not null then format('select private.check_label(%L, %L)', spec ->> 'labelPlural', 'data.labelPlural') end,
    format('select private.check_texts(%L)', spec));
  perform private.check_object_name(create_object.workspace_id, _singular, 'data.nameSingular');
  perform private.check_object_name(create_object.workspace_id, _plural, 'data.namePlural');
  perform private.check_type_name(_singular, 'data.nameSingular');
  -- Tables share their names with indexes (company_pkey).
  if to_regclass((select format('%I.%I', w.schema_name, private.snake_case(_singular))
                  from core.workspaces w where w.id = create_object.workspace_id)) is not null then
    perform private.fail('NAMEX', format('This workspace already uses the name %s.', _singular), 'data.nameSingular');
  end if;
  if lower(_singular) = lower(_plural) then
    perform private.fail('NAMEX', 'An object''s singular and plural names differ.', 'data.namePlural');
  end if;
  if (select count(*) from core.objects o where o.workspace_id = create_object.workspace_id) >= 1000 then
    perform private.fail('LIMIT', 'A workspace holds at most 1000 objects.', 'data');
  end if;

  insert into core.objects (workspace_id, name_singular, name_plural, label_singular, label_plural, description,
                            icon, color, shortcut, is_label_synced_with_name, table_name, label_field, search_fields, duplicate_criteria, is_custom, is_system)
    values (create_object.workspace_id, _singular, _plural,
            coalesce(spec ->> 'labelSingular', private.words(_singular)),
            coalesce(spec ->> 'labelPlural', private.words(_plural)),
            coalesce(spec ->> 'description', ''), coalesce(spec ->> 'icon', ''), spec ->> 'color', spec ->> 'shortcut',
            coalesce((spec ->> 'isLabelSyncedWithName')::boolean, false),
            private.snake_case(_singular),
            coalesce(spec ->> 'labelField', 'name'),
            case when spec ? 'searchFields' then array(select jsonb_array_elements_text(spec -> 'searchFields')) else array['name'] end,
            spec -> 'duplicateCriteria',
            coalesce((spec ->> 'isCustom')::boolean, true),
            coalesce((spec ->> 'isSystem')::boolean, false))
    returning * into _object;
  perform private.forget_permissions(_object.workspace_id, _object.name_plural);

  for _field in
    select f || '{"isSystem": true, "isCustom": false}' from jsonb_array_elements(private.system_fields()) f
    union all
    select f || jsonb_build_object('isCustom', _object.is_custom)
    from jsonb_array_elements(coalesce(spec -> 'fields', '[{"name": "name", "type": "TEXT"}]')) f
  loop
    perform private.add_field(_object, _field);
  end loop;
  perform private.build_object(_object.id);
  if _object.is_custom and not _object.is_system then
    perform private.create_targets(_object);
  end if;
  perform private.create_default_view(_object.id);
  return _object.id;
end
$$;

comment on function private.create_object(uuid, jsonb) is
  'Adds an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon, fields}) to a workspace: its rows, and its table.';

create or replace function private.system_fields() returns jsonb
language sql immutable
return '[
  {"name": "id",           "type": "UUID",      "isNullable": false, "defaultValue": "uuid"},
  {"name": "createdAt",    "type": "DATE_TIME", "isNullable": false, "defaultValue": "now", "label": "Creation date"},
  {"name": "updatedAt",    "type": "DATE_TIME", "isNullable": false, "defaultValue": "now", "label": "Last update"},
  {"name": "deletedAt",    "type": "DATE_TIME", "label": "Deleted at"},
  {"name": "createdBy",    "type": "ACTOR",     "label": "Created by"},
  {"name": "updatedBy",    "type": "ACTOR",     "label": "Updated by"},
  {"name": "position",     "type": "POSITION",  "isNullable": false},
  {"name": "searchVector", "type": "TS_VECTOR"}
]'::jsonb;

comment on function private.system_fields() is
  'The fields that every object has.';

create or replace function private.check_object_name(workspace_id uuid, name text, path text, except_id uuid default null) returns void
language plpgsql
as $$
begin
  -- GraphQL names are told apart by case, but people and file systems are not so careful.
  -- The types that the API makes of other objects' names, and the tables of PostgreSQL,
  -- which come first in every search_path.
  if exists (select from private.reserved_names r where lower(r.name) = lower(check_object_name.name))
    or name ~ '(Connection|Edge|Input|Filter|Enum|GroupBy)$'
    or private.snake_case(name) like 'pg\_%' then
    perform private.fail('NAMER', format('The name %s is reserved.', name), path);
  end if;
  if exists (select from core.objects o
             where o.workspace_id = check_object_name.workspace_id and o.id is distinct from except_id
               and lower(check_object_name.name) in (lower(o.name_singular), lower(o.name_plural))) then
    perform private.fail('NAMEX', format('This workspace already has an object called %s.', name), path);
  end if;
end
$$;

comment on function private.check_object_name(uuid, text, text, uuid) is
  'Nothing for a name that is free in the workspace; NAME_RESERVED or NAME_TAKEN otherwise.';
--! EndIncluded private/create_object.sql
--! Included private/create_workspace.sql
-- A new workspace: its row, its schema, its four roles and its standard objects,
-- in one transaction.

create table if not exists private.standard_roles (
  name        text primary key,
  label       text not null,
  description text not null,
  permissions text[] not null
);

comment on table private.standard_roles is
  'The roles that every workspace starts with.';

insert into private.standard_roles values
  ('OWNER',  'Owner',  'Full access, and the workspace itself.', '{*}'),
  ('ADMIN',  'Admin',  'Every record, and the data model.', '{*.read,*.create,*.update,*.delete,*.destroy,data_model,members,roles,security,workspace,api_keys,views}'),
  ('MEMBER', 'Member', 'Reads and writes every record.', '{*.read,*.create,*.update,*.delete,views}'),
  ('GUEST',  'Guest',  'Reads every record.', '{*.read}')
on conflict (name) do update
  set label = excluded.label, description = excluded.description, permissions = excluded.permissions;

create table if not exists private.standard_objects (
  name       text primary key,
  place      int not null,
  definition jsonb not null
);

comment on table private.standard_objects is
  'The objects that every workspace starts with; each is a file in db/standard_objects/.';

create or replace function private.define_standard_object(place int, definition jsonb) returns void
language sql
begin atomic
  insert into private.standard_objects values (definition ->> 'nameSingular', place, definition)
  on conflict on constraint standard_objects_pkey do update
    set place = excluded.place, definition = excluded.definition;
end;

comment on function private.define_standard_object(int, jsonb) is
  'Declares an object that new workspaces start with, or changes it; called by the files in db/standard_objects/.';

create or replace function private.create_workspace(name text, subdomain text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid := authz.uuid_v7();
  _schema text;
  _object jsonb;
  _relation jsonb;
begin
  -- Named by the random end of the id: short, unguessable, and no label of anyone's.
  _schema := 'workspace_' || right(replace(_id::text, '-', ''), 12);
  perform set_config('relata.workspace_id', _id::text, true);

  begin
    insert into core.workspaces (id, name, subdomain, schema_name) values (_id, name, subdomain, _schema);
  exception when unique_violation then
    perform private.fail('NAMEX', 'That subdomain is taken.', 'data.subdomain');
  end;
  insert into core.roles (workspace_id, name, label, description, permissions, is_custom)
    select _id, r.name, r.label, r.description, r.permissions, false from private.standard_roles r;

  perform private.run(format('create schema %I', _schema));
  perform private.run(format('grant usage on schema %I to relata_reader', _schema));

  for _object in select definition from private.standard_objects order by place loop
    perform private.create_object(_id, _object || '{"isCustom": false}');
  end loop;
  for _object, _relation in
    select o.definition, r from private.standard_objects o, jsonb_array_elements(o.definition -> 'relations') r
    order by o.place
  loop
    perform private.create_field(
      (select f from core.objects f where f.workspace_id = _id and f.name_singular = _object ->> 'nameSingular'),
      (_relation - array['targetObject', 'targetFieldName', 'onDelete'])
        || jsonb_build_object('type', 'RELATION', 'isCustom', false, 'relation', _relation));
  end loop;
  perform private.touch_metadata(_id);
  return _id;
end
$$;

comment on function private.create_workspace(text, text) is
  'Makes a workspace with its standard objects and roles and answers its id; the transaction speaks for it from then on.';
--! EndIncluded private/create_workspace.sql
--! Included private/add_member.sql
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
--! EndIncluded private/add_member.sql

-- Workspaces and people: who comes in, and how, and who goes.
--! Included private/grantable.sql
-- Nobody gives away, takes away or puts on what he does not have himself: whoever manages
-- members touches only roles, and those who hold them, within his own permissions.

create or replace function private.holds_all(permissions text[]) returns boolean
language sql stable
return (select coalesce(bool_and(authz.has_permission(p)), true) from unnest(permissions) p);

comment on function private.holds_all(text[]) is
  'Whether the caller holds each of these permissions himself.';

create or replace function private.permissions_of(member_id uuid) returns text[]
language sql stable
begin atomic
  select a.permissions from private.access a
  where a.workspace_id = authz.workspace_id() and a.member_id = permissions_of.member_id;
end;

comment on function private.permissions_of(uuid) is
  'What a member of this workspace may do by all of his roles.';

create or replace function private.role_to_give(role_id uuid, field text, permission text default 'members') returns core.roles
language plpgsql
as $$
declare
  _role core.roles;
begin
  perform private.require_roles_manager(permission);
  select * into _role from core.roles r
    where r.workspace_id = authz.workspace_id()
      and (r.id = role_to_give.role_id or role_to_give.role_id is null and r.name = 'MEMBER');
  if not found then
    perform private.fail('NTFND', 'There is no such role.', field);
  elsif not private.holds_all(_role.permissions) then
    perform private.fail('42501', 'That role may do more than you.', field);
  end if;
  return _role;
end
$$;

comment on function private.role_to_give(uuid, text, text) is
  'A role of this workspace that the caller may give to others: MEMBER when none is named; PERMISSION_DENIED when it may do more than he himself.';

create or replace function private.default_role() returns text
language sql stable
begin atomic
  select coalesce(
    (select r.name from core.workspaces w join core.roles r on r.workspace_id = w.id and r.id = w.default_role_id
     where w.id = authz.workspace_id()),
    'MEMBER');
end;

comment on function private.default_role() is
  'The role of who joins this workspace without an invitation of his own.';
--! EndIncluded private/grantable.sql
--! Included private/invitation_tokens.sql
-- The secrets by which people join: the token in an invitation's mail, the workspace's
-- own invite link, and the proof that a domain's mail is read. Kept as SHA-256; whoever
-- brings one of the first two is told which workspace invites him.

create table if not exists private.invitation_tokens (
  token_hash    bytea primary key check (length(token_hash) = 32),
  workspace_id  uuid not null references core.workspaces on delete cascade,
  invitation_id uuid not null unique references core.invitations on delete cascade
);

create index if not exists invitation_tokens_workspace_id_idx on private.invitation_tokens (workspace_id);

comment on table private.invitation_tokens is
  'SHA-256 of the token in each invitation''s mail; a new mail makes the old one worthless.';

create table if not exists private.invite_links (
  workspace_id uuid primary key references core.workspaces on delete cascade,
  token_hash   bytea not null unique check (length(token_hash) = 32),
  sealed       bytea not null,
  created_at   timestamptz not null default now()
);

comment on table private.invite_links is
  'The one link by which anybody joins a workspace: SHA-256 of its token, and the token itself, sealed by the server (src/auth/sealed.ts) to be shown again to those who manage members.';

create table if not exists private.domain_tokens (
  token_hash         bytea primary key check (length(token_hash) = 32),
  approved_domain_id uuid not null unique references core.approved_domains on delete cascade,
  expires_at         timestamptz not null
);

comment on table private.domain_tokens is
  'SHA-256 of the token that was mailed to an address in a domain, to prove that somebody there approves.';

-- How many mails went where is remembered without the addresses.
create table if not exists private.invitation_mails (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  address_hash bytea not null,
  sent_at      timestamptz not null default now()
);

create index if not exists invitation_mails_workspace_id_sent_at_idx on private.invitation_mails (workspace_id, sent_at);
create index if not exists invitation_mails_address_hash_sent_at_idx on private.invitation_mails (address_hash, sent_at);

comment on table private.invitation_mails is
  'Which mails were asked for in the last week, by workspace and by SHA-256 of the address: what private.may_mail counts.';

create or replace function private.in_one_line(said text) returns text
language sql immutable
return btrim(left(regexp_replace(coalesce(said, ''), '[[:cntrl:]\u0080-\u009f\u2028\u2029]+', ' ', 'g'), 255));

comment on function private.in_one_line(text) is
  'A name as a mail may say it.';

create or replace function private.may_mail(address text) returns boolean
language plpgsql
as $$
declare
  _hash bytea := sha256(convert_to(lower(may_mail.address), 'UTF8'));
  _of_workspace int;
  _of_address int;
begin
  -- Two who ask at once are counted one after the other.
  perform pg_advisory_xact_lock(hashtextextended('relata.mails.' || authz.workspace_id(), 0));
  perform pg_advisory_xact_lock(hashtextextended('relata.mails.' || encode(_hash, 'hex'), 0));
  delete from private.invitation_mails m where m.workspace_id = authz.workspace_id() and m.sent_at < now() - interval '7 days';
  select count(*), count(*) filter (where m.address_hash = _hash) into _of_workspace, _of_address
    from private.invitation_mails m where m.workspace_id = authz.workspace_id();
  if _of_workspace >= 500 or _of_address >= 10 then
    perform private.fail('RATED', case when _of_workspace >= 500
      then 'A workspace sends 500 invitations a week.' else 'An address gets 10 invitations a week.' end, 'emails');
  end if;
  insert into private.invitation_mails (workspace_id, address_hash) values (authz.workspace_id(), _hash);
  -- What others sent there is not told: the mail is not sent, and nobody hears of it.
  return (select count(*) from private.invitation_mails m where m.address_hash = _hash and m.sent_at > now() - interval '7 days') <= 10;
end
$$;

comment on function private.may_mail(text) is
  'Counts a mail to an address. RATE_LIMITED after 500 a week in a workspace, or 10 to one address; false when the address had its 10 from others.';
--! EndIncluded private/invitation_tokens.sql
--! Included core/members.sql
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
--! EndIncluded core/members.sql
--! Included private/keep_owner.sql
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
--! EndIncluded private/keep_owner.sql
--! Included core/send_invitations.sql
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
--! EndIncluded core/send_invitations.sql
--! Included core/invite_link.sql
-- The public link by which anybody joins: one for each workspace, switched off by
-- is_invite_link_enabled, and worthless once there is a new one.

create or replace function core.rotate_invite_link(token_hash text, sealed text) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('members');
  perform private.role_to_give((select w.default_role_id from core.workspaces w where w.id = authz.workspace_id()), 'roleId');
  insert into private.invite_links (workspace_id, token_hash, sealed)
    values (authz.workspace_id(), decode(rotate_invite_link.token_hash, 'hex'), decode(rotate_invite_link.sealed, 'base64'))
    on conflict (workspace_id) do update
      set token_hash = excluded.token_hash, sealed = excluded.sealed, created_at = now();
end
$$;

comment on function core.rotate_invite_link(text, text) is
  'Gives the workspace a new invite link, by the hash of its token (hex) and the token sealed (base64); the one before leads nowhere. Needs the permission members, and all that the default role may do.';
grant execute on function core.rotate_invite_link(text, text) to relata_reader;

create or replace function core.invite_link() returns text
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('members');
  -- Or a second self of his would come in by it, and may do more than he.
  if not private.sees_all() or not private.holds_all(
    (select r.permissions from core.roles r where r.workspace_id = authz.workspace_id() and r.name = private.default_role())) then
    return null;
  end if;
  return (
    select encode(l.sealed, 'base64')
    from private.invite_links l join core.workspaces w on w.id = l.workspace_id
    where l.workspace_id = authz.workspace_id() and w.is_invite_link_enabled
  );
end
$$;

comment on function core.invite_link() is
  'The workspace''s invite link, sealed (base64), for the server to open; null when there is none, it is switched off, or who joins by it may do more than the caller. Needs the permission members.';
grant execute on function core.invite_link() to relata_reader;
--! EndIncluded core/invite_link.sql
--! Included core/approve_domain.sql
-- Approving a domain: it is written down, and a token is mailed to an address in it;
-- whoever manages sign-in and reads that mail brings the token back.

create table if not exists private.free_mail_domains (
  domain text primary key
);

comment on table private.free_mail_domains is
  'Domains where anybody gets an address: whoever has one there is nobody''s colleague.';

insert into private.free_mail_domains
  select regexp_split_to_table($$gmail.com googlemail.com outlook.com hotmail.com live.com msn.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it
    hotmail.es outlook.de outlook.fr live.co.uk live.fr live.nl yahoo.com ymail.com rocketmail.com yahoo.co.uk yahoo.fr yahoo.de yahoo.it yahoo.es
    yahoo.ca yahoo.co.in yahoo.com.br yahoo.co.jp yahoo.com.au aol.com aim.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me
    tutanota.com tutanota.de tuta.io tuta.com zoho.com zohomail.com fastmail.com fastmail.fm hushmail.com mail.com email.com usa.com gmx.com gmx.de
    gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de posteo.de mailbox.org orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr
    libero.it virgilio.it tiscali.it alice.it seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl mail.ru bk.ru inbox.ru list.ru yandex.ru yandex.com
    ya.ru rambler.ru qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com naver.com daum.net hanmail.net kakao.com
    nate.com rediffmail.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com btinternet.com
    sky.com virginmedia.com ntlworld.com talktalk.net bigpond.com optusnet.com.au shaw.ca rogers.com sympatico.ca telus.net uol.com.br bol.com.br
    terra.com.br ig.com.br globo.com ziggo.nl kpnmail.nl planet.nl home.nl telenet.be skynet.be bluewin.ch hispeed.ch mailinator.com guerrillamail.com
    10minutemail.com temp-mail.org yopmail.com trashmail.com sharklasers.com duck.com hey.com$$, '\s+')
  on conflict do nothing;

create or replace function core.create_approved_domain(domain text, email text, token_hash text, link jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _domain text := lower(btrim(create_approved_domain.domain));
  _email text := lower(btrim(create_approved_domain.email));
  _id uuid;
begin
  perform authz.require_permission('security');
  if _domain !~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9-]{2,63}$' or length(_domain) > 253 or _domain ~ '^[0-9.]+$' then
    perform private.fail('INPUT', 'That is no domain, such as example.com.', 'domain');
  elsif exists (select from private.free_mail_domains f where f.domain = _domain or _domain like '%.' || f.domain) then
    perform private.fail('INPUT', 'Anybody gets an address there: invite people by theirs.', 'domain');
  elsif _email !~ '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@' or substr(_email, strpos(_email, '@') + 1) <> _domain or length(_email) > 320 then
    perform private.fail('INPUT', format('The proof is mailed to an address at %s.', _domain), 'email');
  end if;
  -- Whoever joins by it gets that role.
  perform private.role_to_give((select w.default_role_id from core.workspaces w where w.id = authz.workspace_id()), 'domain', 'security');

  insert into core.approved_domains (workspace_id, domain) values (authz.workspace_id(), _domain)
    on conflict on constraint approved_domains_workspace_id_domain_key do nothing;
  select d.id into strict _id from core.approved_domains d
    where d.workspace_id = authz.workspace_id() and d.domain = _domain for update;
  if (select d.is_validated from core.approved_domains d where d.id = _id) then
    perform private.fail('23505', 'That domain is approved already.', 'domain');
  end if;
  insert into private.domain_tokens (token_hash, approved_domain_id, expires_at)
    values (decode(create_approved_domain.token_hash, 'hex'), _id, now() + interval '1 day')
    on conflict (approved_domain_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at;
  if private.may_mail(_email) then
    perform private.send_mail('verify_domain', _email,
      jsonb_build_object('link', link, 'domain', _domain, 'inviter', private.in_one_line(authz.actor_name()), 'expiresInMinutes', 24 * 60,
                         'workspace', (select private.in_one_line(w.name) from core.workspaces w where w.id = authz.workspace_id())),
      'verify_domain:' || create_approved_domain.token_hash);
  end if;
  return _id;
end
$$;

comment on function core.create_approved_domain(text, text, text, jsonb) is
  'Writes a domain down, and mails a token to an address in it: nobody joins by the domain before core.validate_approved_domain gets that token. Needs the permission security, and all that the default role may do.';
grant execute on function core.create_approved_domain(text, text, text, jsonb) to relata_reader;

create or replace function core.validate_approved_domain(id uuid, token_hash text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid;
begin
  perform authz.require_permission('security');
  delete from private.domain_tokens t
    using core.approved_domains d
    where t.token_hash = decode(validate_approved_domain.token_hash, 'hex') and t.expires_at > now()
      and d.id = t.approved_domain_id and d.workspace_id = authz.workspace_id()
      and d.id = coalesce(validate_approved_domain.id, d.id)
    returning d.id into _id;
  if not found then
    perform private.fail('NTFND', 'There is no such proof, or its time is over.', 'validationToken');
  end if;
  update core.approved_domains d set is_validated = true where d.id = _id;
  return _id;
end
$$;

comment on function core.validate_approved_domain(uuid, text) is
  'Approves a domain, by the token (SHA-256 in hex) that was mailed there. Needs the permission security.';
grant execute on function core.validate_approved_domain(uuid, text) to relata_reader;

create or replace function core.delete_approved_domain(id uuid) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  delete from core.approved_domains d where d.workspace_id = authz.workspace_id() and d.id = delete_approved_domain.id;
  if not found then
    perform private.fail('NTFND', 'There is no such domain.', 'id');
  end if;
  return true;
end
$$;

comment on function core.delete_approved_domain(uuid) is
  'Lets nobody else join by the domain; who has joined stays. Needs the permission security.';
grant execute on function core.delete_approved_domain(uuid) to relata_reader;

create or replace function core.find_approved_domains() returns jsonb
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  return (select coalesce(jsonb_agg(jsonb_build_object(
            'id', d.id, 'domain', d.domain, 'isValidated', d.is_validated, 'createdAt', d.created_at) order by d.domain), '[]')
          from core.approved_domains d where d.workspace_id = authz.workspace_id());
end
$$;

comment on function core.find_approved_domains() is
  'The domains whose people may join, and those that nobody has approved yet. Needs the permission security.';
grant execute on function core.find_approved_domains() to relata_reader;
--! EndIncluded core/approve_domain.sql
--! Included private/join_workspace.sql
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
--! EndIncluded private/join_workspace.sql
--! Included private/subdomains.sql
-- What a workspace may be called in addresses.

create table if not exists private.reserved_subdomains (
  name text primary key
);

comment on table private.reserved_subdomains is
  'Names that no workspace may take for its address, as they are, or may become, something else''s.';

insert into private.reserved_subdomains
  select regexp_split_to_table($$about account accounts admin api app apps assets auth autoconfig autodiscover billing blog cdn cloud console
    dashboard demo dev docs download email files ftp graphql help id images imap login mail mailbox media metadata metrics mx news ns ns1 ns2
    oauth pop pop3 portal preview prod production public rest root secure security sign-in signin sign-up signup smtp sso staging static status
    store support system test update webhook webhooks webmail ws www www1 www2 relata$$, '\s+')
  on conflict do nothing;

create or replace function private.check_subdomain(subdomain text, field text) returns void
language plpgsql
as $$
begin
  if subdomain is null or subdomain !~ '^[a-z0-9]([a-z0-9-]{1,61}[a-z0-9])$' or subdomain ~ '^xn--' then
    perform private.fail('INPUT', 'A subdomain has 3 to 63 small letters, digits and hyphens.', field);
  elsif exists (select from private.reserved_subdomains r where r.name = subdomain) then
    perform private.fail('NAMER', 'That subdomain is reserved.', field);
  elsif exists (select from private.workspace_addresses a where a.name = subdomain and a.workspace_id is distinct from authz.workspace_id()) then
    perform private.fail('NAMEX', 'That subdomain is taken.', field);
  end if;
end
$$;

comment on function private.check_subdomain(text, text) is
  'Nothing when a workspace may take that subdomain; BAD_INPUT, NAME_RESERVED or NAME_TAKEN otherwise.';

create or replace function authz.is_subdomain_free(subdomain text) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform private.check_subdomain(subdomain, 'subdomain');
  return true;
exception when others then
  return false;
end
$$;

comment on function authz.is_subdomain_free(text) is
  'Whether a new workspace may take a subdomain. For the server alone.';
grant execute on function authz.is_subdomain_free(text) to relata_server;
--! EndIncluded private/subdomains.sql
--! Included core/update_workspace.sql
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
  -- Without one it is MEMBER, which is to be his to give as well.
  if data ? 'defaultRoleId' then
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
--! EndIncluded core/update_workspace.sql
--! Included core/prove_custom_domain.sql
-- A custom domain leads to the workspace once its DNS says so, in a TXT record that
-- names the workspace: the server looks it up, and tells what it found.

create or replace function core.domain_to_prove() returns jsonb
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('workspace');
  return (
    select jsonb_build_object('domain', w.custom_domain, 'isProven', w.is_custom_domain_proven,
                              'name', '_relata.' || w.custom_domain, 'value', 'relata-workspace=' || w.id)
    from core.workspaces w where w.id = authz.workspace_id() and w.custom_domain is not null
  );
end
$$;

comment on function core.domain_to_prove() is
  'The TXT record by which the workspace''s custom domain is proven; null without a domain. Needs the permission workspace.';
grant execute on function core.domain_to_prove() to relata_reader;

create or replace function authz.prove_custom_domain(user_id uuid, workspace_id uuid, session_id uuid, domain text) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.claim(prove_custom_domain.user_id, prove_custom_domain.workspace_id, null, prove_custom_domain.session_id);
  perform authz.require_permission('workspace');
  update core.workspaces w set is_custom_domain_proven = true
    where w.id = prove_custom_domain.workspace_id and w.custom_domain = prove_custom_domain.domain;
end
$$;

comment on function authz.prove_custom_domain(uuid, uuid, uuid, text) is
  'Lets a domain lead to its workspace, as its DNS says so; NAME_TAKEN when it leads to another. For the server alone, which has looked.';
grant execute on function authz.prove_custom_domain(uuid, uuid, uuid, text) to relata_server;
--! EndIncluded core/prove_custom_domain.sql
--! Included core/member_settings.sql
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
--! EndIncluded core/member_settings.sql
--! Included authz/public_workspace.sql
-- What anybody may know of a workspace before he signs in: what it is called, where it
-- is, and how its people come in.

create or replace function authz.public_workspace(workspace_id uuid) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.workspace_id', coalesce(public_workspace.workspace_id::text, ''), true);
  return (
    select jsonb_build_object('id', w.id, 'displayName', w.name, 'subdomain', w.subdomain,
                              'customDomain', case when w.is_custom_domain_proven then w.custom_domain end,
                              'password', w.is_password_auth_enabled, 'magicLink', w.is_magic_link_enabled,
                              'google', w.is_google_auth_enabled, 'microsoft', w.is_microsoft_auth_enabled)
    from core.workspaces w where w.id = public_workspace.workspace_id and w.closed_at is null
  );
end
$$;

comment on function authz.public_workspace(uuid) is
  'What anybody may know of a workspace: its name, its addresses and its ways to sign in; null when there is none. For the server alone.';
grant execute on function authz.public_workspace(uuid) to relata_server;

create or replace function authz.workspace_named(name text) returns uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(
    authz.workspace_at(workspace_named.name),
    (select a.workspace_id from private.workspace_addresses a
     where a.workspace_id = case when workspace_named.name ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then workspace_named.name::uuid end
       and not exists (select from private.closed_workspaces c where c.workspace_id = a.workspace_id)
     limit 1));
end;

comment on function authz.workspace_named(text) is
  'The workspace of this subdomain, domain or id, or null. For the server alone.';
grant execute on function authz.workspace_named(text) to relata_server;

create or replace function authz.only_workspace() returns uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select case when count(distinct a.workspace_id) = 1 then (array_agg(a.workspace_id))[1] end
  from private.workspace_addresses a
  where not exists (select from private.closed_workspaces c where c.workspace_id = a.workspace_id);
end;

comment on function authz.only_workspace() is
  'The workspace of a server that has a single one; null where there are several, or none. For the server alone.';
grant execute on function authz.only_workspace() to relata_server;
--! EndIncluded authz/public_workspace.sql
--! Included authz/found_workspace.sql
-- A new workspace, for somebody who is signed in somewhere or has just signed up; he
-- owns it. Whether anybody may, or administrators of the server alone, the server says
-- by its configuration (IS_MULTIWORKSPACE_ENABLED,
-- IS_WORKSPACE_CREATION_LIMITED_TO_SERVER_ADMINS).

create or replace function authz.found_workspace(user_id uuid, display_name text, subdomain text, for_everybody boolean, is_first_only boolean)
returns table (workspace_id uuid, member_id uuid)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user core.users;
  _name text := btrim(coalesce(display_name, ''));
  _subdomain text := lower(btrim(coalesce(found_workspace.subdomain, '')));
begin
  perform set_config('relata.workspace_id', '', true), set_config('relata.user_id', found_workspace.user_id::text, true);
  perform pg_advisory_xact_lock(hashtextextended('relata.found_workspace', 0));
  select * into _user from core.users u where u.id = found_workspace.user_id;
  if not found then
    perform private.fail('LOGIN', 'Sign in first.');
  elsif not exists (select from private.workspace_addresses) then
    -- Whoever sets the server up administers it.
    update core.users u set is_server_admin = true where u.id = _user.id;
  elsif not _user.is_server_admin and (not for_everybody or is_first_only) then
    perform private.fail('CLOSD', 'New workspaces are made by the administrators of this server.');
  end if;
  perform private.check_workspace_name(_name);
  if _subdomain = '' then
    _subdomain := private.free_subdomain(coalesce(nullif(_name, ''), split_part(split_part(_user.email, '@', 2), '.', 1)));
  end if;
  perform private.check_subdomain(_subdomain, 'subdomain');
  workspace_id := private.create_workspace(coalesce(nullif(_name, ''), initcap(replace(_subdomain, '-', ' '))), _subdomain);
  member_id := private.add_member(workspace_id, found_workspace.user_id, 'OWNER');
  return next;
end
$$;

comment on function authz.found_workspace(uuid, text, text, boolean, boolean) is
  'Makes a workspace that a user owns; without a subdomain it takes a free one like its name. SIGN_UP_CLOSED unless he is an administrator of the server, or it is for everybody and more than one is wanted; the first is anybody''s, who administers the server from then on. For the server alone.';
grant execute on function authz.found_workspace(uuid, text, text, boolean, boolean) to relata_server;

create or replace function private.free_subdomain(wish text) returns text
language plpgsql
as $$
declare
  _base text := btrim(left(regexp_replace(lower(extensions.unaccent(wish)), '[^a-z0-9]+', '-', 'g'), 40), '-');
  _tried text;
begin
  for _n in 0 .. 20 loop
    _tried := case when _n = 0 then _base else btrim(_base || '-' || substr(md5(gen_random_uuid()::text), 1, 6), '-') end;
    if authz.is_subdomain_free(_tried) then
      return _tried;
    end if;
  end loop;
  return replace(gen_random_uuid()::text, '-', '');
end
$$;

comment on function private.free_subdomain(text) is
  'A subdomain that nobody has, as like a name as can be.';
--! EndIncluded authz/found_workspace.sql
--! Included authz/switch_workspace.sql
-- From one workspace to another without a password: what was shown at sign-in is shown
-- again, as long as it is fresh, and the other workspace decides by its own rules
-- (authz.begin_sign_in) whether that is enough.

create or replace function authz.identity_of_session(user_id uuid, workspace_id uuid, session_id uuid, fresh_for interval) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _session private.sessions;
  
begin
  select * into _session from private.sessions s
    where s.id = identity_of_session.session_id and s.user_id = identity_of_session.user_id
      and s.workspace_id is not distinct from identity_of_session.workspace_id and s.expires_at > now();
  if not found then
    perform private.fail('LOGIN', 'Sign in first.');
  -- What a workspace's own provider says holds there alone, and who impersonates is nobody elsewhere.
  elsif _session.method in ('OIDC', 'SAML', 'IMPERSONATION') or _session.created_at < now() - fresh_for then
    perform private.fail('PROOF', 'Prove that it is you: sign in anew.');
  end if;
  -- There are no users but with a proven address.
  return jsonb_build_object('method', _session.method, 'isEmailVerified', true, 'isStrong', _session.is_strong,
                            'email', (select u.email from core.users u where u.id = identity_of_session.user_id));
end
$$;

comment on function authz.identity_of_session(uuid, uuid, uuid, interval) is
  'What a user showed when this session began, to be shown to another workspace; PROOF_REQUIRED when that is too long ago, or holds nowhere else. For the server alone.';
grant execute on function authz.identity_of_session(uuid, uuid, uuid, interval) to relata_server;

create or replace function authz.workspaces_seen(user_id uuid, session_id uuid) returns table (id uuid, subdomain text, name text)
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select w.id, w.subdomain, w.name from authz.workspaces_of(workspaces_seen.user_id) w
  where not exists (
    select from private.sessions s
    where s.id = workspaces_seen.session_id and s.method in ('OIDC', 'SAML', 'IMPERSONATION') and s.workspace_id <> w.id);
end;

comment on function authz.workspaces_seen(uuid, uuid) is
  'The workspaces of a user as one of his sign-ins shows them: all, or its own alone when it holds nowhere else. For the server alone.';
grant execute on function authz.workspaces_seen(uuid, uuid) to relata_server;
--! EndIncluded authz/switch_workspace.sql
--! Included core/close_workspace.sql
-- A workspace ends in two steps: closed, it is to everybody as if it were not there,
-- and its sessions are over; after the days of grace tasks/purge_workspaces.ts takes it
-- away with all that it holds. Suspended, it only refuses to be entered.

create or replace function core.delete_workspace(id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_owner();
  perform private.require_fresh_sign_in();
  if id is distinct from authz.workspace_id() then
    perform private.fail('NTFND', 'There is no such workspace.', 'id');
  end if;
  perform private.close_workspace(authz.workspace_id());
  return authz.workspace_id();
end
$$;

comment on function core.delete_workspace(uuid) is
  'Deletes the workspace that this transaction speaks for, named to be sure: nobody comes in from now on, and after the days of grace all of it is gone. For owners.';
grant execute on function core.delete_workspace(uuid) to relata_reader;

create or replace function private.close_workspace(workspace_id uuid) returns void
language plpgsql
as $$
begin
  perform set_config('relata.workspace_id', close_workspace.workspace_id::text, true);
  update core.workspaces w set closed_at = coalesce(w.closed_at, now()) where w.id = close_workspace.workspace_id;
  insert into private.closed_workspaces (workspace_id) values (close_workspace.workspace_id) on conflict do nothing;
  delete from private.sessions s where s.workspace_id = close_workspace.workspace_id;
end
$$;

comment on function private.close_workspace(uuid) is
  'Shuts a workspace''s doors at once, until it is reopened or purged.';

create or replace function private.reopen_workspace(workspace_id uuid) returns void
language plpgsql
as $$
begin
  perform set_config('relata.workspace_id', reopen_workspace.workspace_id::text, true);
  update core.workspaces w set closed_at = null where w.id = reopen_workspace.workspace_id;
  delete from private.closed_workspaces c where c.workspace_id = reopen_workspace.workspace_id;
end
$$;

comment on function private.reopen_workspace(uuid) is
  'Takes back that a workspace was deleted, as long as it is not purged.';

create or replace function private.suspend_workspace(workspace_id uuid, is_suspended boolean) returns void
language plpgsql
as $$
begin
  perform set_config('relata.workspace_id', suspend_workspace.workspace_id::text, true);
  update core.workspaces w set suspended_at = case when is_suspended then coalesce(w.suspended_at, now()) end
    where w.id = suspend_workspace.workspace_id;
  if not found then
    perform private.fail('NTFND', 'There is no such workspace.', 'workspaceId');
  end if;
end
$$;

comment on function private.suspend_workspace(uuid, boolean) is
  'Keeps everybody out of a workspace, or lets them in again; nothing is lost, sessions hold on.';

create or replace function private.set_server_admin(email text, is_one boolean) returns void
language plpgsql
as $$
begin
  update core.users u set is_server_admin = is_one where lower(u.email) = lower(set_server_admin.email);
  if not found then
    perform private.fail('NTFND', 'There is no such user.', 'email');
  end if;
end
$$;

comment on function private.set_server_admin(text, boolean) is
  'Makes a user an administrator of the server, or no longer; typed by who runs it.';

create or replace function authz.require_server_admin() returns void
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_own_sign_in();
  if not exists (select from core.users u where u.id = authz.user_id() and u.is_server_admin) then
    raise exception using errcode = '42501', message = 'Only an administrator of the server may do that.';
  end if;
end
$$;

comment on function authz.require_server_admin() is
  'Nothing when the caller administers the server; PERMISSION_DENIED otherwise.';

create or replace function core.suspend_workspace(workspace_id uuid, is_suspended boolean) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _own uuid := authz.workspace_id();
begin
  perform authz.require_server_admin();
  perform private.suspend_workspace(suspend_workspace.workspace_id, is_suspended);
  perform set_config('relata.workspace_id', _own::text, true);
  return workspace_id;
end
$$;

comment on function core.suspend_workspace(uuid, boolean) is
  'Suspends any workspace, or takes that back: its members'' requests are refused with WORKSPACE_SUSPENDED at once. For administrators of the server.';
grant execute on function core.suspend_workspace(uuid, boolean) to relata_reader;
--! EndIncluded core/close_workspace.sql
--! Included core/delete_user.sql
-- Somebody takes his account away: he leaves every workspace, and what is known of him
-- by name and address goes, but for the name in what he has written.

create or replace function private.forget_member(member_id uuid) returns void
language plpgsql
as $$
begin
  perform private.remove_member(forget_member.member_id);
  execute format('update %I.workspace_member set user_email = null, user_id = null, avatar_url = null where id = $1',
                 (select w.schema_name from core.workspaces w where w.id = authz.workspace_id()))
    using forget_member.member_id;
end
$$;

comment on function private.forget_member(uuid) is
  'Takes a member out of this workspace, and his address out of his record.';

create or replace function core.delete_user() returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := authz.user_id();
  _own uuid := authz.workspace_id();
  _membership record;
begin
  perform authz.require_self();
  perform private.require_fresh_sign_in();
  perform set_config('relata.workspace_id', '', true);
  -- A workspace's own provider speaks for nobody in another.
  if exists (select from core.workspace_members m where m.user_id = _user_id and m.workspace_id <> _own) then
    perform authz.require_own_sign_in();
  end if;
  for _membership in
    select m.id, m.workspace_id from core.workspace_members m where m.user_id = _user_id order by m.workspace_id
  loop
    perform set_config('relata.workspace_id', _membership.workspace_id::text, true);
    perform private.forget_member(_membership.id);
  end loop;
  perform set_config('relata.workspace_id', _own::text, true);
  delete from core.users u where u.id = _user_id;
  return _user_id;
end
$$;

comment on function core.delete_user() is
  'Takes the caller''s account away, in every workspace. LAST_OWNER while he is the only owner of one: he hands it over or deletes it first; PROOF_REQUIRED when he came in by the provider of one workspace and is in others too.';
grant execute on function core.delete_user() to relata_reader;
--! EndIncluded core/delete_user.sql
--! Included core/change_email.sql
-- Another address to sign in with: a link is mailed to the new one, and the user who
-- brings its token back has proven it. Whether somebody else has that address, nobody
-- is told who does not read its mail.

create or replace function core.ask_email_change(email text, token_hash text, link jsonb) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _email text := lower(btrim(ask_email_change.email));
begin
  -- Whoever has the address has the account, in every workspace.
  perform authz.require_own_sign_in();
  perform private.require_fresh_sign_in();
  if not private.is_mail_address(_email) then
    perform private.fail('INPUT', 'That is not an address.', 'newEmail');
  end if;
  perform private.forget_tokens(authz.user_id(), '{EMAIL_CHANGE}');
  insert into private.one_time_tokens (token_hash, kind, user_id, data, expires_at)
    values (decode(ask_email_change.token_hash, 'hex'), 'EMAIL_CHANGE', authz.user_id(), jsonb_build_object('email', _email), now() + interval '1 hour');
  if private.may_mail(_email) then
    perform private.send_mail(
      case when exists (select from core.users u where lower(u.email) = _email) then 'account_exists' else 'verify_address' end,
      _email, jsonb_build_object('link', link, 'expiresInMinutes', 60), 'email_change:' || ask_email_change.token_hash);
  end if;
  return true;
end
$$;

comment on function core.ask_email_change(text, text, jsonb) is
  'Mails a link to another address of the caller''s; core.change_email makes it his. The same answer whether somebody has it already. PROOF_REQUIRED of a sign-in that holds in one workspace alone.';
grant execute on function core.ask_email_change(text, text, jsonb) to relata_reader;

create or replace function core.change_email(token_hash text) returns text
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := authz.user_id();
  _own uuid := authz.workspace_id();
  _before text;
  _email text;
  _workspace_id uuid;
begin
  perform authz.require_own_sign_in();
  delete from private.one_time_tokens t
    where t.kind = 'EMAIL_CHANGE' and t.token_hash = decode(change_email.token_hash, 'hex') and t.user_id = _user_id and t.expires_at > now()
    returning t.data ->> 'email' into _email;
  if _email is null or exists (select from core.users u where lower(u.email) = _email) then
    perform private.fail('NTFND', 'There is no such proof, or its time is over.', 'token');
  end if;
  select u.email into strict _before from core.users u where u.id = _user_id;
  update core.users u set email = _email where u.id = _user_id;
  -- What was mailed to the former address opens nothing any more.
  perform private.forget_tokens(_user_id, '{EMAIL_CHANGE,PASSWORD_RESET,MAGIC_LINK}');
  perform set_config('relata.workspace_id', '', true);
  for _workspace_id in select m.workspace_id from core.workspace_members m where m.user_id = _user_id order by m.workspace_id loop
    perform set_config('relata.workspace_id', _workspace_id::text, true);
    execute format('update %I.workspace_member set user_email = $1 where user_id = $2',
                   (select w.schema_name from core.workspaces w where w.id = _workspace_id)) using _email, _user_id;
  end loop;
  perform set_config('relata.workspace_id', _own::text, true);
  perform private.send_mail('address_changed', _before, jsonb_build_object('newAddress', _email), 'address_changed:' || change_email.token_hash);
  return _email;
end
$$;

comment on function core.change_email(text) is
  'Makes an address the caller''s, by the token (SHA-256 in hex) that was mailed there; the former one is told.';
grant execute on function core.change_email(text) to relata_reader;
--! EndIncluded core/change_email.sql
--! Included private/purge_workspace.sql
-- What was deleted and not reopened in time is taken away with all that it holds, step
-- by step: a workspace of many tables would need more locks than there are at once.

create or replace function authz.workspaces_to_purge(grace_days int) returns setof uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select c.workspace_id from private.closed_workspaces c
  where c.closed_at <= now() - make_interval(days => grace_days)
  order by c.closed_at;
end;

comment on function authz.workspaces_to_purge(int) is
  'The workspaces that were deleted so many days ago or more. For the worker alone.';
grant execute on function authz.workspaces_to_purge(int) to relata_worker;

create or replace function authz.purge_workspace(workspace_id uuid, grace_days int) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
declare
  _schema text;
  _tables text[];
  _tbl text;
  _object_id uuid;
begin
  perform set_config('relata.workspace_id', purge_workspace.workspace_id::text, true);
  -- It may have been reopened meanwhile; from here on it cannot be.
  perform from private.closed_workspaces c
    where c.workspace_id = purge_workspace.workspace_id and c.closed_at <= now() - make_interval(days => grace_days)
    for update;
  if not found then
    return true;
  end if;
  select w.schema_name into strict _schema from core.workspaces w where w.id = purge_workspace.workspace_id;

  select array_agg(t.tbl) into _tables from (
    select format('%I.%I', n.nspname, c.relname) as tbl
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = _schema and c.relkind in ('r', 'p')
    union all
    select format('trash.%I', c.relname)
    from core.trash t join pg_class c on c.relname = t.id::text and c.relnamespace = 'trash'::regnamespace
    where t.workspace_id = purge_workspace.workspace_id
    limit 20
  ) t;
  foreach _tbl in array coalesce(_tables, '{}') loop
    perform private.run(format('drop table %s cascade', _tbl));
  end loop;
  if _tables is not null then
    return false;
  end if;

  for _object_id in
    select o.id from core.objects o where o.workspace_id = purge_workspace.workspace_id
    union select t.object_id from core.trash t where t.workspace_id = purge_workspace.workspace_id
  loop
    perform private.run(format('drop function if exists %s() cascade', private.kept_formulas_name(_object_id)));
  end loop;
  perform private.run(format('drop schema if exists %I cascade', _schema));
  delete from core.workspaces w where w.id = purge_workspace.workspace_id;
  return true;
end
$$;

comment on function authz.purge_workspace(uuid, int) is
  'Takes away a workspace that was deleted so many days ago: some of its tables in one call (false), and when none is left its schema, its rows and its secrets (true). For the worker alone.';
grant execute on function authz.purge_workspace(uuid, int) to relata_worker;
--! EndIncluded private/purge_workspace.sql
--! Included private/change_rule.sql
-- Rules are created, changed and deleted: the row, and the check that it becomes.

create or replace function private.rule_constraint(name text) returns text
language sql immutable
return private.snake_case(name) || '_rule';

comment on function private.rule_constraint(text) is
  'What a rule''s check is called in the catalog.';

create or replace function private.rule_check(_rule core.rules, expression text) returns text
language sql stable
-- A deleted record is nobody's concern, and must stay deletable.
return format('alter table %s add constraint %I check (deleted_at is not null or (%s) is not false or authz.break_rule(%L, %L))%s',
  private.table_of(_rule.object_id), private.rule_constraint(_rule.name), expression, _rule.name, _rule.message,
  case when _rule.only_new_records or _rule.status = 'BUILDING' then ' not valid' else '' end);

comment on function private.rule_check(core.rules, text) is
  'The statement that makes a rule''s check.';

create or replace function private.rule_breakers(_rule core.rules, expression text, out broken bigint, out words text)
language plpgsql stable
as $$
begin
  execute format('select count(*) from %s where deleted_at is null and (%s) is false', private.table_of(_rule.object_id), expression) into broken;
  words := format('%s of the records there are break this rule; onlyNewRecords lets them be.', broken);
end
$$;

comment on function private.rule_breakers(core.rules, text) is
  'How many living records break a rule, in words, too.';

create or replace function private.build_rule(_rule core.rules) returns void
language plpgsql
as $$
declare
  _made record;
begin
  select * into _made from private.compile_expression(_rule.object_id, _rule.expression);
  if _made.type <> 'boolean' then
    perform private.fail('EXPRN', format('A rule is true or false, and this is a %s.', _made.type), 'data.expression');
  end if;
  if not _rule.only_new_records and private.is_large(_rule.object_id) then
    update core.rules r set status = 'BUILDING', status_reason = null where r.id = _rule.id returning * into _rule;
    perform private.queue_build(_rule.workspace_id, 'RULE', _rule.id);
  elsif not _rule.only_new_records then
    perform private.fail('EXIST', b.words, 'data.expression') from private.rule_breakers(_rule, _made.sql) b where b.broken > 0;
  end if;
  perform private.run(private.rule_check(_rule, _made.sql));
end
$$;

comment on function private.build_rule(core.rules) is
  'Makes a rule''s check, once the records there are pass it; EXISTING_RECORDS tells how many do not, on a large table the rule''s status, later.';

create or replace function private.check_rule(data jsonb) returns void
language plpgsql
as $$
begin
  if coalesce(data ->> 'kind', 'CHECK') <> 'CHECK' then
    perform private.fail('INPUT', 'A rule''s kind is CHECK.', 'data.kind');
  elsif jsonb_typeof(coalesce(data -> 'onlyNewRecords', 'false')) <> 'boolean' then
    perform private.fail('INPUT', 'onlyNewRecords is true or false.', 'data.onlyNewRecords');
  end if;
  perform private.check_name(data ->> 'name', 'data.name');
  perform private.check_label(data ->> 'message', 'data.message');
end
$$;

comment on function private.check_rule(jsonb) is
  'Nothing for a rule that has a name and words; an error otherwise.';

create or replace function private.change_create_rule(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _rule core.rules;
begin
  data := jsonb_strip_nulls(data - 'expression') || jsonb_build_object('expression', data -> 'expression');
  data := '{"message": "The record breaks a rule."}' || data;
  perform private.check_rule(data);
  if exists (select from core.rules r where r.object_id = _object.id and lower(r.name) = lower(data ->> 'name')) then
    perform private.fail('NAMEX', 'This object already has a rule of that name.', 'data.name');
  elsif (select count(*) from core.rules r where r.object_id = _object.id) >= 50 then
    perform private.fail('LIMIT', 'An object has at most 50 rules.', 'data');
  end if;
  insert into core.rules (id, workspace_id, object_id, name, message, expression, only_new_records, created_at)
    values (coalesce((data ->> 'id')::uuid, authz.uuid_v7()), _object.workspace_id, _object.id, data ->> 'name', data ->> 'message',
            coalesce(data -> 'expression', 'null'), coalesce((data ->> 'onlyNewRecords')::boolean, false),
            coalesce((data ->> 'createdAt')::timestamptz, now()))
    returning * into _rule;
  perform private.build_rule(_rule);
  return jsonb_build_object('id', _rule.id,
    'inverse', jsonb_build_object('kind', 'deleteRule', 'data', jsonb_build_object('id', _rule.id)));
end
$$;

comment on function private.change_create_rule(jsonb) is
  'Creates a rule ({objectId, name, message, expression, onlyNewRecords}); answers {id, inverse}.';

create or replace function private.rule_data(_rule core.rules) returns jsonb
language sql immutable
return jsonb_build_object('id', _rule.id, 'objectId', _rule.object_id, 'kind', _rule.kind, 'name', _rule.name,
  'message', _rule.message, 'expression', _rule.expression, 'onlyNewRecords', _rule.only_new_records, 'createdAt', _rule.created_at);

comment on function private.rule_data(core.rules) is
  'A rule as it would be created.';
--! EndIncluded private/change_rule.sql
--! Included private/change_rules.sql
-- What is done with rules that there are.

create or replace function private.rule_of(data jsonb) returns core.rules
language plpgsql
as $$
declare
  _rule core.rules;
begin
  select * into _rule from core.rules r
    where r.workspace_id = authz.workspace_id() and r.id::text = lower(data ->> 'id') for update;
  if not found then
    perform private.fail('NTFND', 'There is no such rule.', 'data.id');
  end if;
  return _rule;
end
$$;

comment on function private.rule_of(jsonb) is
  'The rule of {id}, in the workspace this transaction speaks for; NOT_FOUND otherwise.';

create or replace function private.drop_rule(_rule core.rules) returns void
language sql
return private.run(format('alter table %s drop constraint if exists %I', private.table_of(_rule.object_id), private.rule_constraint(_rule.name)));

comment on function private.drop_rule(core.rules) is
  'Takes away a rule''s check.';

create or replace function private.change_update_rule(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.rules := private.rule_of(data);
  _update jsonb := data - 'id';
  _data jsonb;
  _new core.rules;
begin
  if _update - '{name,message,expression,onlyNewRecords}'::text[] <> '{}' then
    perform private.fail('INPUT', 'Of a rule, name, message, expression and onlyNewRecords change.', 'data');
  end if;
  _data := private.rule_data(_old) || _update;
  perform private.check_rule(_data);
  if exists (select from core.rules r
             where r.object_id = _old.object_id and r.id <> _old.id and lower(r.name) = lower(_data ->> 'name')) then
    perform private.fail('NAMEX', 'This object already has a rule of that name.', 'data.name');
  end if;
  update core.rules r
    set name = _data ->> 'name', message = _data ->> 'message', expression = _data -> 'expression',
        only_new_records = coalesce((_data ->> 'onlyNewRecords')::boolean, false), status = 'READY', status_reason = null
    where r.id = _old.id
    returning * into _new;
  perform private.drop_rule(_old);
  perform private.build_rule(_new);
  return jsonb_build_object('id', _old.id, 'inverse', jsonb_build_object('kind', 'updateRule',
    'data', private.rule_data(_old) - '{objectId,kind,createdAt}'::text[]));
end
$$;

comment on function private.change_update_rule(jsonb) is
  'Changes a rule ({id, name, message, expression, onlyNewRecords}); answers {id, inverse}.';

create or replace function private.change_delete_rule(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _rule core.rules := private.rule_of(data);
begin
  delete from core.rules r where r.id = _rule.id;
  perform private.drop_rule(_rule);
  return jsonb_build_object('id', _rule.id,
    'inverse', jsonb_build_object('kind', 'createRule', 'data', private.rule_data(_rule)));
end
$$;

comment on function private.change_delete_rule(jsonb) is
  'Deletes a rule ({id}); answers {id, inverse}.';
--! EndIncluded private/change_rules.sql
--! Included private/change_index.sql
-- Indexes are created and deleted: the row, and the index that it becomes.

create or replace function private.change_create_index(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _index core.indexes;
begin
  _index.id := coalesce((data ->> 'id')::uuid, authz.uuid_v7());
  _index.workspace_id := _object.workspace_id;
  _index.object_id := _object.id;
  _index.type := coalesce(data ->> 'type', 'BTREE');
  _index.is_unique := coalesce((data ->> 'isUnique')::boolean, false);
  _index.fields := private.index_fields(data);
  perform private.check_index(_index);
  if (select count(*) from core.indexes i where i.object_id = _object.id and i.is_custom) >= 10 then
    perform private.fail('LIMIT', 'An object has at most 10 indexes of your own.', 'data');
  end if;
  _index.name := private.index_name(_index);
  _index.status := case when private.is_large(_object.id) then 'BUILDING' else 'READY' end;
  insert into core.indexes (id, workspace_id, object_id, name, type, fields, is_unique, status, created_at)
    values (_index.id, _index.workspace_id, _index.object_id, _index.name, _index.type, _index.fields, _index.is_unique, _index.status,
            coalesce((data ->> 'createdAt')::timestamptz, now()));

  if _index.status = 'BUILDING' then
    perform private.queue_index(_index);
  else
    perform private.run(private.index_statement(_index.id, false));
  end if;
  perform private.comment_unique_keys(_index);
  return jsonb_build_object('id', _index.id,
    'inverse', jsonb_build_object('kind', 'deleteIndex', 'data', jsonb_build_object('id', _index.id)));
end
$$;

comment on function private.change_create_index(jsonb) is
  'Creates an index ({objectId, fields: [{fieldId, part}], type, isUnique}), on a large table by a job; answers {id, inverse}.';

create or replace function private.change_delete_index(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _index core.indexes;
  _job record;
begin
  select * into _index from core.indexes i
    where i.workspace_id = authz.workspace_id() and i.id::text = lower(data ->> 'id') and i.is_custom for update;
  if not found then
    perform private.fail('NTFND', 'There is no such index.', 'data.id');
  end if;
  select * into _job from private.index_job(_index.id);
  -- One that is being built belongs to its job, which drops it when its row is gone.
  if _index.status <> 'BUILDING' then
    perform private.run(format('drop index if exists %s', _job.qualified_name));
  end if;
  delete from core.indexes i where i.id = _index.id;
  perform private.comment_unique_keys(_index);
  return jsonb_build_object('id', _index.id, 'inverse', jsonb_build_object('kind', 'createIndex', 'data',
    jsonb_build_object('id', _index.id, 'objectId', _index.object_id, 'fields', _index.fields, 'type', _index.type, 'isUnique', _index.is_unique, 'createdAt', _index.created_at)));
end
$$;

comment on function private.change_delete_index(jsonb) is
  'Deletes an index ({id}); answers {id, inverse}.';

create or replace function private.comment_unique_keys(_index core.indexes) returns void
language sql
begin atomic
  select private.comment_object(o) from core.objects o where o.id = _index.object_id and _index.is_unique;
end;

comment on function private.comment_unique_keys(core.indexes) is
  'Lets the comment on an index''s table follow it, as upserts and connections go by what is unique.';

create or replace function private.index_fields(data jsonb) returns jsonb
language plpgsql stable
as $$
declare
  _fields jsonb := case when jsonb_typeof(data -> 'fields') = 'array' then data -> 'fields' else '[]' end;
begin
  if jsonb_array_length(_fields) not between 1 and 8 then
    perform private.fail('INDEX', 'An index has 1 to 8 fields.', 'data.fields');
  end if;
  return (
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'fieldId', lower(f ->> 'fieldId'),
             'part', f ->> 'part')) order by n)
    from jsonb_array_elements(_fields) with ordinality x (f, n));
end
$$;

comment on function private.index_fields(jsonb) is
  'The fields that were asked for, as they are kept.';

create or replace function private.check_index(_index core.indexes) returns void
language plpgsql stable
as $$
declare
  _fault record;
  _count bigint;
  _keys text;
begin
  if _index.type not in ('BTREE', 'GIN') or _index.type = 'GIN' and _index.is_unique then
    perform private.fail('INDEX', 'An index is a BTREE, which may be unique, or a GIN.', 'data.type');
  end if;
  select * into _fault from private.index_keys(_index) k where k.key is null limit 1;
  if found then
    perform private.fail('INDEX', 'This object has no such field, or it has several parts or none.', format('data.fields[%s]', _fault.place - 1));
  end if;
  if (select count(distinct k.key) < count(*) from private.index_keys(_index) k) then
    perform private.fail('INDEX', 'A field stands in an index once.', 'data.fields');
  end if;
  select * into _fault from private.index_keys(_index) k
    where case _index.type when 'GIN' then k.sql_type not in ('text', 'text[]', 'jsonb')
                           else private.expression_type(k.sql_type) = 'other' end limit 1;
  if found then
    perform private.fail('INDEX', format('A %s index is not for values like those of %s.', _index.type, _fault.field_name), format('data.fields[%s]', _fault.place - 1));
  end if;
  if exists (
    select from pg_index x
    where x.indrelid = private.table_of(_index.object_id)::regclass
      and lower(substring(pg_get_indexdef(x.indexrelid) from ' USING (.*)$')) = substr(private.index_definition(_index), 7)
  ) or exists (select from core.indexes i where i.object_id = _index.object_id and i.fields = _index.fields
               and i.type = _index.type and i.is_unique = _index.is_unique) then
    perform private.fail('NAMEX', 'This object already has that index.', 'data.fields');
  end if;
  -- On a large table its job finds that out.
  if _index.is_unique and not private.is_large(_index.object_id) then
    select string_agg(k.key, ', ' order by k.place) into _keys from private.index_keys(_index) k;
    execute format('select coalesce(sum(n), 0) from (select count(*) as n from %s where deleted_at is null and num_nulls(%s) = 0 group by %2$s having count(*) > 1) twice',
      private.table_of(_index.object_id), _keys) into _count;
    if _count > 0 then
      perform private.fail('EXIST', format('%s of the records there are have the same values as another.', _count), 'data.fields');
    end if;
  end if;
end
$$;

comment on function private.check_index(core.indexes) is
  'Nothing for an index that can be made; INDEX_INVALID, NAME_TAKEN or EXISTING_RECORDS otherwise.';
--! EndIncluded private/change_index.sql
--! Included private/build_steps.sql
-- What a job does of a field or a rule on a large table, a step after the other. What
-- is left is read from the catalog each time, so it may be killed and begin again.

create or replace function private.concurrent_index(tbl text, name text, definition text, is_unique boolean) returns text[]
language sql stable
return (
  select case when x.indisvalid then null else array_remove(array[
    case when x.indexrelid is not null then format('drop index concurrently if exists %s.%I', split_part(tbl, '.', 1), name) end,
    format('create %sindex concurrently %I on %s %s', case when is_unique then 'unique ' else '' end, name, tbl, definition)], null) end
  from (values (to_regclass(split_part(tbl, '.', 1) || '.' || quote_ident(name)))) v (oid)
  left join pg_index x on x.indexrelid = v.oid
);

comment on function private.concurrent_index(text, text, text, boolean) is
  'The statements that make an index beside those who write; null when it is there.';

create or replace function private.field_statements(_field core.fields) returns text[]
language plpgsql stable
as $$
declare
  _tbl text := private.table_of(_field.object_id);
begin
  return case _field.building[1]
    when 'CHECKS' then (
      select array[format('alter table %s validate constraint %I', _tbl, c.conname)]
      from pg_constraint c
      where c.conrelid = _tbl::regclass and c.contype = 'c' and not c.convalidated
        and c.conname in (select _field.column_name || '_check' union all
                          select p.path || s from private.field_parts(_field) p, unnest('{_check,_given}'::text[]) s)
      limit 1)
    when 'UNIQUE' then (select private.concurrent_index(_tbl, u.name, u.definition, true) from private.unique_index(_field) u)
    when 'KEYS' then (
      select array[private.let_go_sql(r), format('alter table %s validate constraint %I', private.table_of(r.from_object_id), c.conname)]
      from core.relations r
      join pg_constraint c on c.conrelid = private.table_of(r.from_object_id)::regclass and c.conname = private.key_constraint(r.column_name)
      where r.from_field_id = _field.id and not c.convalidated
      limit 1)
    when 'INDEXES' then (
      select s from core.relations r
      cross join private.relation_indexes(r) i
      cross join private.concurrent_index(private.table_of(r.from_object_id), i.name, i.definition, i.is_unique) s
      where r.from_field_id = _field.id and r.column_name is not null and s is not null
        -- The one that a relation got while its table was small has a name of PostgreSQL's.
        and (i.is_unique or not exists (
          select from pg_index x join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
          where x.indrelid = private.table_of(r.from_object_id)::regclass and x.indisvalid and not x.indisunique
            and x.indnkeyatts = 2 and a.attname = r.column_name))
      limit 1)
    end;
end
$$;

comment on function private.field_statements(core.fields) is
  'The statements, each a transaction of its own, that are next in a field''s first step; null when only its end is left.';

create or replace function private.next_build(kind text, id uuid, out step text, out statements text[], out token text)
language plpgsql stable
as $$
declare
  _field core.fields;
begin
  if kind = 'FIELD' then
    select * into _field from core.fields f where f.id = next_build.id and f.status = 'BUILDING';
    step := _field.building[1];
    token := case when step = 'FILL' and _field.settings ? 'formula' then md5(private.formula_sql(_field)) end;
    statements := case when step is not null then private.field_statements(_field) end;
  else
    select 'CHECKS', case when not c.convalidated then array[format('alter table %s validate constraint %I', c.conrelid::regclass, c.conname)] end
      into step, statements
      from core.rules r
      join pg_constraint c on c.conrelid = private.table_of(r.object_id)::regclass and c.conname = private.rule_constraint(r.name)
      where r.id = next_build.id and r.status = 'BUILDING';
  end if;
end
$$;

comment on function private.next_build(text, uuid) is
  'What is to be done next of a FIELD or a RULE: the step, and its statements; no step when nothing is left. By its token a formula is known again.';

create or replace function private.end_build_step(kind text, id uuid, step text, token text default null) returns void
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  _field core.fields;
  _part record;
begin
  perform private.lock_metadata(authz.workspace_id());
  -- Somebody may have changed it since the statements ran.
  if exists (
    select from private.next_build(kind, id) n
    where n.step is distinct from end_build_step.step or n.statements is not null or n.token is distinct from end_build_step.token) then
    return;
  elsif kind = 'RULE' then
    update core.rules r set status = 'READY', status_reason = null where r.id = end_build_step.id and r.status = 'BUILDING';
    return;
  end if;
  select * into strict _field from core.fields f where f.id = end_build_step.id for update;
  if step = 'REQUIRED' then
    for _part in select * from private.field_parts(_field) p where p.is_required and p.part is null loop
      -- Its check was validated, so that PostgreSQL reads no record here.
      perform private.run(format('alter table %s alter column %I set not null', private.table_of(_field.object_id), _part.column_name));
      perform private.run(format('alter table %s drop constraint if exists %I', private.table_of(_field.object_id), _part.path || '_given'));
    end loop;
  end if;
  perform private.end_field_step(_field.id, array[step]);
end
$$;

comment on function private.end_build_step(text, uuid, text, text) is
  'Ends a step, when its statements have all run and nothing has changed since; with the last one the FIELD or RULE is READY.';

create or replace function private.end_field_step(field_id uuid, steps text[]) returns void
language plpgsql
as $$
declare
  _field core.fields;
begin
  update core.fields f
    set building = array(select s from unnest(f.building) with ordinality x (s, n) where s <> all (steps) order by n)
    where f.id = end_field_step.field_id
    returning * into strict _field;
  if _field.building = '{}' then
    update core.fields f set status = case when f.status_reason is null then 'READY' else 'FAILED' end where f.id = _field.id;
  end if;
  perform private.comment_field(_field);
  -- A schema that was compiled before still answers right: what changes is only added.
  perform private.touch_metadata(_field.workspace_id, false);
end
$$;

comment on function private.end_field_step(uuid, text[]) is
  'Takes steps from what is left of a field; after the last one it is READY, or FAILED when there is a reason.';
--! EndIncluded private/build_steps.sql
--! Included private/fail_build.sql
-- What becomes of a field or a rule when records are in the way of what a job had to
-- do for it: that is taken back, and the reason says how many there are.

create or replace function private.fail_build(kind text, id uuid, step text, reason text) returns void
language plpgsql
set lock_timeout = '100ms'
as $$
begin
  perform private.lock_metadata(authz.workspace_id());
  if kind = 'RULE' then
    perform private.fail_rule(r) from core.rules r where r.id = fail_build.id and r.status = 'BUILDING';
  else
    perform private.fail_field(f, step, reason) from core.fields f where f.id = fail_build.id and f.building[1] = step;
  end if;
end
$$;

comment on function private.fail_build(text, uuid, text, text) is
  'Gives up a step of a FIELD or a RULE, which records are in the way of: it is FAILED, and what was asked for is taken back.';

create or replace function private.fail_field(_field core.fields, step text, reason text) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _part record;
  _empty bigint := 0;
begin
  if private.is_filling(_field) then
    -- It stays hidden, and nobody is kept from writing, until it gets another formula.
    update core.fields f set status = 'FAILED', status_reason = 'The formula cannot be computed for every record: ' || reason where f.id = _field.id;
    perform private.build_kept_formulas(_field.object_id);
    return;
  elsif step in ('CHECKS', 'REQUIRED') and 'REQUIRED' = any (_field.building) then
    for _part in select * from private.field_parts(_field) p where p.is_required loop
      execute format('select count(*) from %s where %I is null', _tbl, _part.column_name) into _empty;
      exit when _empty > 0;
    end loop;
    for _part in select * from private.field_parts(_field) loop
      perform private.run(format('alter table %s drop constraint if exists %I', _tbl, _part.path || '_given'));
    end loop;
    update core.fields f
      set is_nullable = true, status_reason = format('It cannot be required: %s records have no value. Fill them in first.', _empty)
      where f.id = _field.id;
    perform private.end_field_step(_field.id, '{REQUIRED,CHECKS}');
  elsif step = 'UNIQUE' then
    perform private.drop_unique(_field);
    update core.fields f set is_unique = false, status_reason = format('It cannot be unique: %s', private.twice_the_same(_field)) where f.id = _field.id;
    perform private.end_field_step(_field.id, '{UNIQUE}');
  else
    update core.fields f set status_reason = case step
        when 'CHECKS' then 'Records from before do not fit what it may hold; they stay as they are until they are written again.'
        else reason end
      where f.id = _field.id;
    perform private.end_field_step(_field.id, array[step]);
  end if;
end
$$;

comment on function private.fail_field(core.fields, text, text) is
  'Takes back what cannot be done of a field, and says why.';

create or replace function private.twice_the_same(_field core.fields) returns text
language plpgsql stable
as $$
declare
  _count bigint;
begin
  execute (select format('select coalesce(sum(n), 0) from (select count(*) as n from %s where %s and %s is not null group by %s having count(*) > 1) twice',
                         private.table_of(_field.object_id), u.condition, u.keys[1], array_to_string(u.keys, ', '))
           from private.unique_index(_field) u) into _count;
  return format('%s records have the same value as another.', _count);
end
$$;

comment on function private.twice_the_same(core.fields) is
  'How many living records have the same value of a field as another, in words.';

create or replace function private.fail_rule(_rule core.rules) returns void
language plpgsql
as $$
declare
  _words text := (select b.words from private.compile_expression(_rule.object_id, _rule.expression) m, private.rule_breakers(_rule, m.sql) b);
begin
  perform private.drop_rule(_rule);
  update core.rules r set status = 'FAILED', status_reason = _words where r.id = _rule.id;
end
$$;

comment on function private.fail_rule(core.rules) is
  'Lets go of a rule that records break, and says how many do.';
--! EndIncluded private/fail_build.sql

-- Changes of the data model: a kind a function, and the doors to them.
--! Included private/saved_rows.sql
-- The metadata rows that hang on a field or an object, found by following foreign
-- keys, so that a noun that is added to core is saved and restored by itself.

create or replace function private.rows_below(root regclass, ids uuid[]) returns jsonb
language plpgsql stable
as $$
declare
  _found jsonb := '[]';
  _seen text[] := '{}';
  _level jsonb;
  _next jsonb;
  _key record;
  _rows jsonb;
begin
  execute format('select coalesce(jsonb_agg(jsonb_build_object(''table'', %L, ''row'', to_jsonb(t))), ''[]'') from %s t where t.id = any($1)', root::text, root)
    into _level using ids;
  while jsonb_array_length(_level) > 0 loop
    _found := _found || _level;
    _seen := _seen || array(select x -> 'row' ->> 'id' from jsonb_array_elements(_level) x);
    _next := '[]';
    for _key in
      select c.conrelid::regclass as child, a.attname as col, p.ids
      from (select x ->> 'table' as name, array_agg((x -> 'row' ->> 'id')::uuid) as ids
            from jsonb_array_elements(_level) x group by 1) p
      join pg_constraint c on c.confrelid = p.name::regclass and c.contype = 'f' and c.confdeltype = 'c'
      join pg_class t on t.oid = c.conrelid and t.relnamespace = 'core'::regnamespace
      -- Keys are (workspace_id, x_id): the second is the one that names a row.
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[cardinality(c.conkey)]
    loop
      execute format(
        'select coalesce(jsonb_agg(jsonb_build_object(''table'', %L, ''row'', to_jsonb(t))), ''[]'') from %s t where t.%I = any($1) and t.id::text <> all ($2)',
        _key.child::text, _key.child, _key.col)
        into _rows using _key.ids, _seen || array(select x -> 'row' ->> 'id' from jsonb_array_elements(_next) x);
      _next := _next || _rows;
    end loop;
    _level := _next;
  end loop;
  return _found;
end
$$;

comment on function private.rows_below(regclass, uuid[]) is
  'Rows of core with these ids, and all that would be deleted with them, as a list of {table, row}.';

create or replace function private.restore_rows(rows jsonb) returns void
language plpgsql
as $$
declare
  _left jsonb := rows;
  _again jsonb;
  _row jsonb;
begin
  perform set_config('relata.is_restoring', 'on', true);
  -- In any order that their keys allow; what points at something that is gone since is let go.
  loop
    _again := '[]';
    for _row in select * from jsonb_array_elements(_left) loop
      begin
        execute format('insert into %s select * from jsonb_populate_record(null::%1$s, $1) on conflict (id) do update set %s', (_row ->> 'table')::regclass,
            (select string_agg(format('%I = excluded.%1$I', a.attname), ', ') from pg_attribute a
             where a.attrelid = (_row ->> 'table')::regclass and a.attnum > 0 and not a.attisdropped))
          using _row -> 'row';
      exception when foreign_key_violation then
        _again := _again || _row;
      end;
    end loop;
    exit when _again = '[]' or jsonb_array_length(_again) = jsonb_array_length(_left);
    _left := _again;
  end loop;
  -- What a job had still to do.
  perform private.queue_build(f.workspace_id, 'FIELD', f.id) from core.fields f
    where f.status = 'BUILDING' and f.id in (select (r -> 'row' ->> 'id')::uuid from jsonb_array_elements(rows) r);
  perform private.queue_build(r.workspace_id, 'RULE', r.id) from core.rules r
    where r.status = 'BUILDING' and r.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(rows) x);
  perform private.queue_index(i) from core.indexes i
    where i.status = 'BUILDING' and i.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(rows) x);
  perform set_config('relata.is_restoring', '', true);
end
$$;

comment on function private.restore_rows(jsonb) is
  'Puts back what private.rows_below found: rows that are gone, and what became of others.';
--! EndIncluded private/saved_rows.sql
--! Included private/columns_of.sql
-- Which columns are a field's, and which fields are one relation.

create or replace function private.columns_of(_field core.fields) returns setof text
language sql stable
begin atomic
  select p.column_name from private.field_parts(_field) p where _field.type <> 'RELATION'
  union all
  select r.column_name from core.relations r where r.from_field_id = _field.id and r.column_name is not null;
end;

comment on function private.columns_of(core.fields) is
  'The names of the columns that hold a field''s values.';

create or replace function private.writable_columns(_field core.fields) returns setof text
language sql stable
begin atomic
  select c.column_name from private.field_columns(_field) c where c.is_writable and c.column_name <> 'updated_at'
  union all
  select r.column_name from core.relations r where r.from_field_id = _field.id and r.column_name is not null;
end;

comment on function private.writable_columns(core.fields) is
  'The columns of a field that members write.';

create or replace function private.with_other_sides(field_id uuid) returns uuid[]
language sql stable
begin atomic
  select array_agg(distinct id)
  from (
    select with_other_sides.field_id as id
    union all
    select r.to_field_id from core.relations r where r.from_field_id = with_other_sides.field_id
    union all
    -- A morph field that points at others as well goes on without this one.
    select r.from_field_id from core.relations r where r.to_field_id = with_other_sides.field_id
      and not exists (select from core.relations s join core.fields f on f.id = s.from_field_id
                      where s.from_field_id = r.from_field_id and s.id <> r.id and f.type = 'MORPH_RELATION')
  ) x;
end;

comment on function private.with_other_sides(uuid) is
  'A field, and for a relation the fields on the other side too: one is nothing without the other.';

create or replace function private.columns_below(field_ids uuid[]) returns table (object_id uuid, name text)
language sql stable
begin atomic
  select f.object_id, c from core.fields f, private.columns_of(f) c
  where f.id = any(field_ids) and f.type not in ('RELATION', 'MORPH_RELATION')
  union
  select r.from_object_id, r.column_name from core.relations r
  where (r.from_field_id = any(field_ids) or r.to_field_id = any(field_ids)) and r.column_name is not null;
end;

comment on function private.columns_below(uuid[]) is
  'The columns that hold the values of these fields and the keys of their relations.';
--! EndIncluded private/columns_of.sql
--! Included private/field_limits.sql
-- Fields that are held back: for each set of them that members or API keys of a workspace
-- have, one of the roles relata_limited_1 to 32 is granted all columns but those. What no
-- grant names can be in no statement: not selected, not compared, not sorted by.

create table if not exists private.field_limits (
  workspace_id uuid not null references core.workspaces on delete cascade,
  slot         int not null check (slot between 1 and 32),
  fields_key   text not null,
  hidden       uuid[] not null,
  frozen       uuid[] not null,
  primary key (workspace_id, slot),
  unique (workspace_id, fields_key)
);

comment on table private.field_limits is
  'Which fields relata_limited_<slot> may not read (hidden) or not write (frozen) in a workspace. Derived: private.limit_fields.';

create or replace function private.held_back(workspace_id uuid)
returns table (caller_id uuid, hidden uuid[], frozen uuid[])
language sql stable
begin atomic
  with recursive holders as (
    select h.* from private.holders(held_back.workspace_id) h
    -- Who shapes the data model could read every field by a formula.
    where not exists (select from private.holders(held_back.workspace_id) s where s.caller_id = h.caller_id and s.permissions && '{*,data_model}')
  ), told as (
    -- For each field that a role of somebody's holds back, what all of his roles say of it.
    select h.caller_id, f.id as field_id, p.role_id is not null as is_held_back,
           h.permissions && array['*.read', o.name_plural || '.read'] and coalesce(p.can_read, true) as reads,
           h.permissions && array['*.create', '*.update', o.name_plural || '.create', o.name_plural || '.update'] and coalesce(p.can_update, true) as writes
    from (select distinct p.field_id from core.field_permissions p where p.workspace_id = held_back.workspace_id) x
    join core.fields f on f.id = x.field_id
    join core.objects o on o.id = f.object_id
    cross join holders h
    left join core.field_permissions p on p.role_id = h.role_id and p.field_id = f.id
  ), summed as (
    select t.caller_id, t.field_id, not bool_or(t.reads) as is_hidden, not bool_or(t.writes) as is_frozen
    from told t group by t.caller_id, t.field_id having bool_or(t.is_held_back)
  ), hidden (caller_id, field_id) as (
    select s.caller_id, s.field_id from summed s where s.is_hidden
    union
    -- What is made from it, and the other side of a relation.
    select h.caller_id, u.id
    from hidden h, lateral (
      select d.id from private.uses_of_field(h.field_id) d where d.kind in ('formula', 'rollup')
      union all
      select x from unnest(private.with_other_sides(h.field_id)) x
    ) u
  )
  select c.caller_id,
         array(select h.field_id from hidden h where h.caller_id = c.caller_id order by h.field_id),
         array(select s.field_id from summed s where s.caller_id = c.caller_id and s.is_frozen order by s.field_id)
  from (select h.caller_id from hidden h union select s.caller_id from summed s where s.is_frozen) c;
end;

comment on function private.held_back(uuid) is
  'The fields that a workspace''s members and API keys may not read (hidden, with all that is made from them) and may not write (frozen). A field is theirs as soon as one role that opens its object does not hold it back.';

create or replace function private.fields_key(hidden uuid[], frozen uuid[]) returns text
language sql stable
begin atomic
  -- By names, so that workspaces alike share a compiled schema.
  select encode(sha256(convert_to(string_agg(format('%s.%s %s', o.name_singular, f.name, f.id = any (fields_key.hidden)), E'\n'
           order by o.name_singular, f.name), 'UTF8')), 'hex')
  from core.fields f join core.objects o on o.id = f.object_id
  where f.id = any (fields_key.hidden || fields_key.frozen);
end;

comment on function private.fields_key(uuid[], uuid[]) is
  'A hash of the names of the fields that are held back.';

create or replace function private.limit_fields(workspace_id uuid) returns void
language plpgsql
as $$
declare
  _limits record;
  _slot int;
begin
  if not exists (select from core.field_permissions p where p.workspace_id = limit_fields.workspace_id)
    and not exists (select from private.field_limits l where l.workspace_id = limit_fields.workspace_id)
  then
    return;
  end if;
  -- Grants are catalog rows, and one change of them at a time is enough.
  perform private.lock_metadata(limit_fields.workspace_id);
  delete from private.field_limits l where l.workspace_id = limit_fields.workspace_id;
  for _slot in 1 .. 32 loop
    perform private.revoke_limited(limit_fields.workspace_id, _slot);
  end loop;

  _slot := 0;
  for _limits in
    select private.fields_key(h.hidden, h.frozen) as fields_key, h.hidden, h.frozen, array_agg(h.caller_id) as callers
    from private.held_back(limit_fields.workspace_id) h
    group by 1, 2, 3 order by 1
  loop
    _slot := _slot + 1;
    if _slot > 32 then
      perform private.fail('LIMIT', 'Members of one workspace can have at most 32 different sets of fields held back from them.');
    end if;
    insert into private.field_limits values (limit_fields.workspace_id, _slot, _limits.fields_key, _limits.hidden, _limits.frozen);
    perform private.grant_limited(limit_fields.workspace_id, _slot, _limits.hidden, _limits.frozen);
    update private.access a set fields_key = _limits.fields_key, request_role = 'relata_limited_' || _slot
      where a.workspace_id = limit_fields.workspace_id and a.caller_id = any (_limits.callers);
  end loop;
end
$$;

comment on function private.limit_fields(uuid) is
  'Grants the limited roles of a workspace what they may read and write, and says in private.access who becomes which.';

create or replace function private.revoke_limited(workspace_id uuid, slot int) returns void
language plpgsql
as $$
declare
  _role text := 'relata_limited_' || slot;
  _tbl regclass;
begin
  for _tbl in
    select c.oid from core.workspaces w
    join pg_class c on c.relnamespace = to_regnamespace(quote_ident(w.schema_name)) and c.relkind in ('r', 'p')
    where w.id = revoke_limited.workspace_id
      and (exists (select from aclexplode(c.relacl) x where x.grantee = _role::regrole)
        or exists (select from pg_attribute a, aclexplode(a.attacl) x
                   where a.attrelid = c.oid and a.attacl is not null and x.grantee = _role::regrole))
  loop
    execute format('revoke all on %s from %I', _tbl, _role);
  end loop;
end
$$;

comment on function private.revoke_limited(uuid, int) is
  'Takes from a limited role all that it has on a workspace''s tables.';

create or replace function private.grant_limited(workspace_id uuid, slot int, hidden uuid[], frozen uuid[]) returns void
language plpgsql
as $$
declare
  _role text := 'relata_limited_' || slot;
  _tbl record;
begin
  for _tbl in
    select format('%I.%I', w.schema_name, o.table_name)::regclass as name, b.unread, b.unwritten
    from core.objects o
    join core.workspaces w on w.id = o.workspace_id
    cross join lateral (
      select array(select c.name from private.columns_below(grant_limited.hidden) c where c.object_id = o.id) as hidden,
             array(select c.name from private.columns_below(grant_limited.frozen) c where c.object_id = o.id) as frozen) h
    cross join lateral (
      select array_remove(h.hidden || case when exists (select from private.search_columns(o) s where s.column_name = any (h.hidden))
                                      then 'search_vector' end, null) as unread,
             h.hidden || h.frozen as unwritten) b
    where o.workspace_id = grant_limited.workspace_id
  loop
    -- What guests read and members write, less that.
    execute (
      select string_agg(format('grant %s (%s) on %s to %I', verb, columns, _tbl.name, _role), '; ')
      from (
        select v.verb, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
        from pg_attribute a
        cross join (values ('select', 'relata_guest', _tbl.unread), ('insert', 'relata_member', _tbl.unwritten), ('update', 'relata_member', _tbl.unwritten))
          v (verb, like_role, less)
        where a.attrelid = _tbl.name and a.attnum > 0 and not a.attisdropped
          and a.attname <> all (v.less) and has_column_privilege(v.like_role, a.attrelid, a.attnum, v.verb)
        group by v.verb) g);
    execute format('grant delete on %s to %I', _tbl.name, _role);
  end loop;
end
$$;

comment on function private.grant_limited(uuid, int, uuid[], uuid[]) is
  'Grants a limited role what guests read and members write in a workspace, less the fields that are hidden from it or frozen. Where a hidden field is searched for, search is hidden too.';
--! EndIncluded private/field_limits.sql
--! Included private/rename_field.sql
-- A field's columns follow its name, with the constraints and indexes that are named by
-- them, so that errors lead back to the field.

create or replace function private.rename_parts(tbl text, kind text, old text, new text) returns void
language plpgsql
as $$
begin
  if kind = 'index' then
    perform private.run(format('alter index %s.%I rename to %I', split_part(tbl, '.', 1), old, new));
  else
    perform private.run(format('alter table %s rename constraint %I to %I', tbl, old, new));
  end if;
end
$$;

comment on function private.rename_parts(text, text, text, text) is
  'Renames a constraint or an index of a table.';

create or replace function private.rename_column(tbl text, old text, new text) returns void
language plpgsql
as $$
declare
  _name record;
begin
  perform private.run(format('alter table %s rename column %I to %I', tbl, old, new));
  -- What is named by its column, so that errors lead back to the field.
  for _name in
    select 'constraint' as kind, c.conname as name from pg_constraint c
    where c.conrelid = tbl::regclass and c.conname = private.key_constraint(old)
    union all
    select 'index', c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = tbl::regclass and c.relname ~ '_key_[0-9a-f]{8}$' and left(c.relname, -13) = old
  loop
    perform private.rename_parts(tbl, _name.kind, _name.name, left(new || substr(_name.name, length(old) + 1), 63));
  end loop;
end
$$;

comment on function private.rename_column(text, text, text) is
  'Renames the column of a relation''s key, and the constraints and indexes that are named by it.';

create or replace function private.rename_columns(_old core.fields, begin_with text) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_old.object_id);
  _new core.fields := _old;
  _name record;
begin
  _new.column_name := begin_with;
  for _name in
    select o.column_name as old, n.column_name as new, o.path as old_path, n.path as new_path
    from private.field_parts(_old) o join private.field_parts(_new) n on n.spec = o.spec
  loop
    perform private.run(format('alter table %s rename column %I to %I', _tbl, _name.old, _name.new));
    perform private.rename_parts(_tbl, 'constraint', c.conname, _name.new_path || right(c.conname, 6))
      from pg_constraint c where c.conrelid = _tbl::regclass and c.conname in (_name.old_path || '_check', _name.old_path || '_given');
    perform private.rename_parts(_tbl, 'index', c.relname, _name.new_path || right(c.relname, 13))
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = _tbl::regclass and c.relname = _name.old_path || '_key_' || right(_old.object_id::text, 8);
  end loop;
  -- A unique index over several parts is named by the field.
  perform private.rename_parts(_tbl, 'index', c.relname, begin_with || right(c.relname, 13))
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = _tbl::regclass and begin_with <> _old.column_name
      and c.relname = _old.column_name || '_key_' || right(_old.object_id::text, 8);
end
$$;

comment on function private.rename_columns(core.fields, text) is
  'Renames the columns of a field, and the checks and the unique index that are named by it.';

create or replace function private.rename_field(_old core.fields, name text) returns text
language plpgsql
as $$
declare
  _tbl text := private.table_of(_old.object_id);
  _begin text := private.snake_case(name) || case when _old.type = 'RELATION' then '_id' else '' end;
  _column text;
begin
  if _old.column_name is not null and _begin <> _old.column_name then
    if _old.type = 'MORPH_RELATION' then
      perform private.run(format('alter table %s rename constraint %I to %I', _tbl, _old.column_name || '_check', _begin || '_check'));
    end if;
    if _old.type in ('RELATION', 'MORPH_RELATION') then
      for _column in select * from private.columns_of(_old) loop
        perform private.rename_column(_tbl, _column, _begin || substr(_column, length(_old.column_name) + 1));
      end loop;
    else
      perform private.rename_columns(_old, _begin);
    end if;
    update core.relations r set column_name = _begin || substr(r.column_name, length(_old.column_name) + 1)
      where r.from_field_id = _old.id and r.column_name is not null;
  end if;
  update core.objects o
    set label_field = case when o.label_field = _old.name then rename_field.name else o.label_field end,
        image_field = case when o.image_field = _old.name then rename_field.name else o.image_field end,
        search_fields = array_replace(o.search_fields, _old.name, rename_field.name),
        duplicate_criteria = (
          select jsonb_agg((select jsonb_agg(case when n = to_jsonb(_old.name) then to_jsonb(rename_field.name) else n end order by i)
                            from jsonb_array_elements(g) with ordinality y (n, i)) order by j)
          from jsonb_array_elements(o.duplicate_criteria) with ordinality x (g, j))
    where o.id = _old.object_id;
  return case when _old.column_name is not null then _begin end;
end
$$;

comment on function private.rename_field(core.fields, text) is
  'Renames a field''s columns and what names the field; answers what its columns begin with now.';
--! EndIncluded private/rename_field.sql
--! Included private/trash_column.sql
-- A column goes to the trash, and comes back.

create or replace function private.trash_column(object_id uuid, column_name text, trash_id uuid, n int) returns jsonb
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
  -- With a colon, which no column of a field has.
  _trashed text := format('trash:%s:%s', right(trash_id::text, 12), n);
  _column record;
  _names jsonb;
begin
  select a.attnum, a.attnotnull as is_required, a.attgenerated <> '' as is_generated, pg_get_expr(d.adbin, d.adrelid) as default_sql
    into strict _column
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = _tbl::regclass and a.attname = column_name;
  perform private.run(format('alter table %s drop constraint if exists %I', _tbl, private.key_constraint(column_name)));
  -- What is named by its field would be in the way of another field of that name.
  select coalesce(jsonb_agg(jsonb_build_object('kind', x.kind, 'name', x.name, 'trashed', format('%s:%s', _trashed, x.place))), '[]') into _names
    from (
      select kind, name, row_number() over (order by kind, name) as place
      from (
        select 'constraint' as kind, c.conname as name from pg_constraint c
        where c.conrelid = _tbl::regclass and c.contype = 'c' and c.conkey = array[_column.attnum]
        union all
        select 'index', c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = _tbl::regclass and c.relname ~ '_key_[0-9a-f]{8}$'
          and exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                        and d.refobjid = i.indrelid and d.refobjsubid = _column.attnum)
      ) y
    ) x;
  perform private.rename_parts(_tbl, x ->> 'kind', x ->> 'name', x ->> 'trashed') from jsonb_array_elements(_names) x;
  perform private.run(format('alter table %s rename column %I to %I', _tbl, column_name, _trashed));
  if _column.is_required and not _column.is_generated then
    perform private.run(format('alter table %s alter column %I drop not null', _tbl, _trashed));
  end if;
  -- A check that a part is given would refuse every new record.
  perform private.run(format('alter table %s drop constraint %I', _tbl, x ->> 'trashed'))
    from jsonb_array_elements(_names) x where x ->> 'kind' = 'constraint' and x ->> 'name' like '%\_given';
  if _column.default_sql is not null and not _column.is_generated then
    perform private.run(format('alter table %s alter column %I drop default', _tbl, _trashed));
  end if;
  perform private.run(format('comment on column %s.%I is %L', _tbl, _trashed, '@hidden'));
  perform private.run(format('revoke all (%I) on %s from relata_member', _trashed, _tbl));
  return jsonb_build_object('objectId', object_id, 'column', column_name, 'trashed', _trashed, 'names', _names,
    'isRequired', _column.is_required, 'default', case when not _column.is_generated then _column.default_sql end);
end
$$;

comment on function private.trash_column(uuid, text, uuid, int) is
  'Gives a column, its checks and its unique index names of the trash, lets go of what binds it, and answers what is needed to restore it.';

create or replace function private.restore_column(spec jsonb) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of((spec ->> 'objectId')::uuid);
  _column text := spec ->> 'column';
begin
  perform private.run(format('alter table %s rename column %I to %I', _tbl, spec ->> 'trashed', _column));
  perform private.rename_parts(_tbl, n ->> 'kind', n ->> 'trashed', n ->> 'name')
    from jsonb_array_elements(spec -> 'names') n where n ->> 'name' not like '%\_given';
  if spec ->> 'default' is not null then
    perform private.run(format('alter table %s alter column %I set default %s', _tbl, _column, spec ->> 'default'));
  end if;
  if (spec ->> 'isRequired')::boolean and (
    not private.is_large((spec ->> 'objectId')::uuid) or exists (
      select from core.relations r where r.from_object_id = (spec ->> 'objectId')::uuid and r.column_name = _column)) then
    perform private.fill_in(_tbl, _column);
    perform private.run(format('alter table %s alter column %I set not null', _tbl, _column));
  end if;
end
$$;

comment on function private.restore_column(jsonb) is
  'Gives a column back what private.trash_column took.';

create or replace function private.fill_in(tbl text, column_name text) returns void
language plpgsql
as $$
declare
  _has_default boolean := (select a.atthasdef from pg_attribute a where a.attrelid = tbl::regclass and a.attname = column_name);
  _has_nulls boolean;
begin
  -- Records made meanwhile have no value: they get what new ones get.
  if _has_default then
    perform private.run(format('update %s set %I = default where %2$I is null', tbl, column_name));
  end if;
  execute format('select exists (select from %s where %I is null)', tbl, column_name) into _has_nulls;
  if _has_nulls then
    perform private.fail('23502', 'Records made meanwhile have no value for a field that may not be empty.', 'id');
  end if;
end
$$;

comment on function private.fill_in(text, text) is
  'Gives records without a value in a column its default; VALUE_REQUIRED when there is none.';
--! EndIncluded private/trash_column.sql
--! Included private/trash_field.sql
-- A field goes to the trash: its columns keep their data under a name that no field
-- can have, and nobody but the owner may read or write them by it.

create or replace function private.trash_field(field_id uuid) returns uuid[]
language plpgsql
as $$
declare
  _ids uuid[] := private.with_other_sides(field_id);
  _morphs uuid[];
  _trashed uuid[] := '{}';
  _trash core.trash;
  _column record;
  _rollup core.relations := (select private.rollup_relation(f) from core.fields f where f.id = trash_field.field_id and f.settings ? 'rollup');
begin
  -- Of a many-to-many, the junction goes first.
  for _column in
    select r.junction_object_id as id from core.relations r
    where trash_field.field_id in (r.from_field_id, r.to_field_id) and r.junction_object_id is not null
  loop
    _trashed := _trashed || private.trash_object(_column.id);
  end loop;
  insert into core.trash (workspace_id, kind, name, object_id, rows)
    select f.workspace_id, 'FIELD', o.name_singular || '.' || f.name, f.object_id, private.rows_below('core.fields', _ids)
    from core.fields f join core.objects o on o.id = f.object_id where f.id = trash_field.field_id
    returning * into _trash;
  _morphs := array(select distinct f.id from core.relations r join core.fields f on f.id = r.from_field_id
                   where f.type = 'MORPH_RELATION' and (r.from_field_id = any(_ids) or r.to_field_id = any(_ids)));
  perform private.drop_morph_check(m) from unnest(_morphs) m;
  for _column in select * from private.columns_below(_ids) loop
    _trash.columns := _trash.columns || private.trash_column(_column.object_id, _column.name, _trash.id, jsonb_array_length(_trash.columns));
  end loop;
  update core.trash t set columns = _trash.columns where t.id = _trash.id;
  delete from core.fields f where f.id = any(_ids);
  perform private.build_kept_formulas(_trash.object_id);
  perform private.build_rollups(r.id) from core.relations r where r.id = _rollup.id;
  perform private.add_morph_check(f.id) from core.fields f where f.id = any(_morphs);
  perform private.forget_searched(_trash);
  return _trashed || _trash.id;
end
$$;

comment on function private.trash_field(uuid) is
  'Takes a field out of its object, and a relation out of both, and keeps all of it in the trash; answers the trash''s ids, in the order it went.';

create or replace function private.drop_morph_check(field_id uuid) returns void
language sql
begin atomic
  select private.run(format('alter table %s drop constraint if exists %I', private.table_of(f.object_id), f.column_name || '_check'))
  from core.fields f where f.id = drop_morph_check.field_id;
end;

comment on function private.drop_morph_check(uuid) is
  'Takes off the check that a morph field points at one record at most.';

create or replace function private.add_morph_check(field_id uuid) returns void
language sql
begin atomic
  select private.run(format('alter table %s %s', private.table_of(f.object_id), private.morph_check(f)))
  from core.fields f where f.id = add_morph_check.field_id;
end;

comment on function private.add_morph_check(uuid) is
  'Puts on the check that a morph field points at one record at most, over the targets that it has now.';

create or replace function private.forget_searched(_trash core.trash) returns void
language plpgsql
as $$
declare
  _object core.objects;
begin
  for _object in
    select o.* from core.objects o join jsonb_array_elements(_trash.rows) r on (r -> 'row' ->> 'object_id')::uuid = o.id
    where r ->> 'table' = 'core.fields' and r -> 'row' ->> 'name' = any(o.search_fields)
      and not exists (select from core.fields f where f.id = (r -> 'row' ->> 'id')::uuid)
  loop
    update core.trash t set searched = t.searched || jsonb_build_object(_object.id, _object.search_fields) where t.id = _trash.id;
    update core.objects o
      set search_fields = array(select n from unnest(o.search_fields) with ordinality x (n, i)
                                where exists (select from core.fields f where f.object_id = o.id and f.name = n) order by i)
      where o.id = _object.id;
    perform private.rebuild_search_vector(_object.id);
  end loop;
end
$$;

comment on function private.forget_searched(core.trash) is
  'Leaves what was just put into the trash out of the search.';

create or replace function private.rebuild_search_vector(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.build_search_vector(o) from core.objects o where o.id = rebuild_search_vector.object_id;
  perform private.comment_field(f) from core.fields f where f.object_id = rebuild_search_vector.object_id and f.type = 'TS_VECTOR';
end
$$;

comment on function private.rebuild_search_vector(uuid) is
  'Makes an object''s search vector anew, after its search fields have changed.';
--! EndIncluded private/trash_field.sql
--! Included private/restore_field.sql
-- A field comes out of the trash, with its columns and the other sides of its relation.

create or replace function private.restore_field(_trash core.trash) returns void
language plpgsql
as $$
declare
  _field core.fields;
  _row jsonb;
  _column jsonb;
begin
  for _row in select r -> 'row' from jsonb_array_elements(_trash.rows) r where r ->> 'table' = 'core.fields' loop
    if not exists (select from core.objects o where o.id = (_row ->> 'object_id')::uuid) then
      perform private.fail('NTFND', 'The object of that field is gone.', 'id');
    end if;
    perform private.check_field_name(o, _row ->> 'name', _row ->> 'type', 'id', null, (_row ->> 'column_name') is null)
      from core.objects o where o.id = (_row ->> 'object_id')::uuid;
  end loop;
  perform private.restore_rows(_trash.rows);
  for _column in select * from jsonb_array_elements(_trash.columns) loop
    perform private.restore_column(_column);
  end loop;
  for _field in select f.* from core.fields f join jsonb_array_elements(_trash.rows) r on f.id = (r -> 'row' ->> 'id')::uuid loop
    perform private.restore_given(_field);
    if _field.is_kept then
      -- Records have changed since.
      _field := private.build_later(_field.id, '{FILL}');
      perform private.build_kept_formulas(_field.object_id);
    end if;
    perform private.comment_field(_field);
    perform private.grant_columns(private.table_of(_field.object_id), array(select private.writable_columns(_field)));
  end loop;
  perform private.build_rollup(f, true) from core.fields f
    where f.settings ? 'rollup' and (private.rollup_relation(f)).id is not null
      and f.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(_trash.rows) x where x ->> 'table' = 'core.fields');
  perform private.rebuild_foreign_key(r) from core.relations r
    where r.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(_trash.rows) x where x ->> 'table' = 'core.relations');
  -- Which side of a many-to-many a junction's key is, its other key tells.
  perform private.comment_relation(s) from core.relations s
    where s.from_object_id in (
      select r.from_object_id from jsonb_array_elements(_trash.rows) x
      join core.relations r on r.id = (x -> 'row' ->> 'id')::uuid join core.relations m on m.junction_object_id = r.from_object_id
      where x ->> 'table' = 'core.relations');
  for _field in
    select distinct f.* from core.fields f join core.relations r on r.from_field_id = f.id
    where f.type = 'MORPH_RELATION'
      and r.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(_trash.rows) x where x ->> 'table' = 'core.relations')
  loop
    perform private.drop_morph_check(_field.id);
    perform private.add_morph_check(_field.id);
  end loop;
  perform private.build_rollups(r.id), private.fill_rollups(r.id) from core.relations r
    where r.column_name is not null
      and r.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(_trash.rows) x where x ->> 'table' = 'core.relations');
  for _row in select jsonb_build_object('id', s.key, 'names', s.value) from jsonb_each(_trash.searched) s loop
    update core.objects o
      set search_fields = array(select n from jsonb_array_elements_text(_row -> 'names') n
                                where exists (select from core.fields f where f.object_id = o.id and f.name = n))
      where o.id = (_row ->> 'id')::uuid;
    perform private.rebuild_search_vector((_row ->> 'id')::uuid);
  end loop;
end
$$;

comment on function private.restore_field(core.trash) is
  'Takes a field, with its other sides, out of the trash; NAME_TAKEN when another has its name by now.';

create or replace function private.restore_given(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
begin
  if private.is_large(_field.object_id) and exists (select from private.field_parts(_field) p where p.is_required) then
    perform private.rebuild_checks(_field);
    perform private.require_later(_field, '{FILL,CHECKS,REQUIRED}');
  elsif exists (select from private.field_parts(_field) p where p.part is not null and p.is_required) then
    perform private.fill_in(_tbl, p.column_name) from private.field_parts(_field) p where p.part is not null and p.is_required;
    perform private.rebuild_checks(_field);
  end if;
end
$$;

comment on function private.restore_given(core.fields) is
  'Requires the parts of a composite again that must be given, and of a large table whatever must be.';
--! EndIncluded private/restore_field.sql
--! Included private/trash_object.sql
-- An object goes to the trash, and comes back: first its relations to other
-- objects, each as a field does, then its table, which moves to the schema trash.

create or replace function private.trash_object(object_id uuid) returns uuid[]
language plpgsql
as $$
declare
  _trash core.trash;
  _trashed uuid[] := '{}';
  _object core.objects;
  _relation uuid;
begin
  select * into strict _object from core.objects o where o.id = trash_object.object_id;
  perform private.drop_rollups(r.id) from core.relations r where _object.id in (r.from_object_id, r.to_object_id);
  loop
    -- The other side's field, or of a morph field only this target.
    select case when r.from_object_id = _object.id or f.type = 'MORPH_RELATION' then r.to_field_id else r.from_field_id end into _relation
      from core.relations r join core.fields f on f.id = r.from_field_id
      where (r.from_object_id = _object.id) <> (r.to_object_id = _object.id)
      order by r.id limit 1;
    exit when not found;
    _trashed := _trashed || private.trash_field(_relation);
  end loop;
  insert into core.trash (workspace_id, kind, name, object_id, rows)
    values (_object.workspace_id, 'OBJECT', _object.name_singular, _object.id, private.rows_below('core.objects', array[_object.id]))
    returning * into _trash;
  perform private.run(format('revoke all on %s from relata_guest, relata_member', private.table_of(_object.id)));
  update core.trash t set columns = private.trash_indexes(private.table_of(_object.id), _trash.id) where t.id = _trash.id;
  perform private.move_table(private.table_of(_object.id), 'trash', _trash.id::text);
  delete from core.objects o where o.id = _object.id;
  return _trashed || _trash.id;
end
$$;

comment on function private.trash_object(uuid) is
  'Takes an object with its table out of the workspace and keeps all of it in the trash; answers the trash''s ids, in the order it went.';

create or replace function private.trash_indexes(tbl text, trash_id uuid) returns jsonb
language plpgsql
as $$
declare
  _index record;
  _names jsonb := '[]';
begin
  for _index in
    select c.relname as old, format('trash:%s:%s', right(trash_id::text, 12), row_number() over (order by c.relname)) as new
    from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = tbl::regclass
  loop
    perform private.run(format('alter index %s.%I rename to %I', split_part(tbl, '.', 1), _index.old, _index.new));
    _names := _names || jsonb_build_object('index', _index.old, 'trashed', _index.new);
  end loop;
  return _names;
end
$$;

comment on function private.trash_indexes(text, uuid) is
  'Gives a table''s indexes names that are theirs alone in the trash, and answers what they were.';

create or replace function private.move_table(tbl text, schema_name text, table_name text) returns void
language plpgsql
as $$
declare
  _schema text := (select relnamespace::regnamespace::text from pg_class where oid = tbl::regclass);
  _name text := (select relname from pg_class where oid = tbl::regclass);
begin
  -- By way of a name that neither schema has.
  perform private.run(format('alter table %s rename to %I', tbl, 'trash:' || _name));
  perform private.run(format('alter table %s.%I set schema %I', _schema, 'trash:' || _name, schema_name));
  perform private.run(format('alter table %I.%I rename to %I', schema_name, 'trash:' || _name, table_name));
end
$$;

comment on function private.move_table(text, text, text) is
  'Moves a table, qualified and quoted, to another schema under another name.';

create or replace function private.restore_object(_trash core.trash) returns void
language plpgsql
as $$
declare
  _object core.objects := jsonb_populate_record(null::core.objects, _trash.rows -> 0 -> 'row');
  _schema text := (select w.schema_name from core.workspaces w where w.id = _object.workspace_id);
begin
  perform private.check_object_name(_object.workspace_id, _object.name_singular, 'id');
  perform private.check_object_name(_object.workspace_id, _object.name_plural, 'id');
  if to_regclass(format('%I.%I', _schema, _object.table_name)) is not null then
    perform private.fail('NAMEX', format('This workspace already uses the name %s.', _object.name_singular), 'id');
  end if;
  perform private.move_table(format('trash.%I', _trash.id), _schema, _object.table_name);
  perform private.run(format('alter index %I.%I rename to %I', _schema, i ->> 'trashed', i ->> 'index'))
    from jsonb_array_elements(_trash.columns) i;
  perform private.restore_rows(_trash.rows);
  perform private.comment_object(_object);
  perform private.grant_object(_object.id);
  -- Roles and their rules have gone or changed since.
  perform private.rebuild_row_policies(_object.id);
end
$$;

comment on function private.restore_object(core.trash) is
  'Takes an object out of the trash; NAME_TAKEN when another has its name by now.';

create or replace function private.grant_object(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.grant_table(_tbl);
  perform private.grant_columns(_tbl, array(
    select private.writable_columns(f) from core.fields f where f.object_id = grant_object.object_id));
end
$$;

comment on function private.grant_object(uuid) is
  'Lets guests read an object''s records, and members write them.';

create or replace function private.change_restore_trash(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _trash core.trash;
  _trashed text;
begin
  for _trashed in select x from jsonb_array_elements_text(data -> 'ids') with ordinality t (x, n) order by n desc loop
    select * into _trash from core.trash t where t.id::text = _trashed and t.workspace_id = authz.workspace_id();
    if not found then
      perform private.fail('NTFND', 'The trash does not have that any more.', 'id');
    elsif _trash.kind = 'OBJECT' then
      perform private.restore_object(_trash);
    else
      perform private.restore_field(_trash);
    end if;
    delete from core.trash t where t.id = _trash.id;
  end loop;
  return jsonb_build_object('id', data -> 'targetId', 'inverse', jsonb_build_object(
    'kind', data ->> 'deletedBy', 'data', coalesce(data -> 'deletedWith', jsonb_build_object('id', data -> 'targetId')) || '{"force": true}'));
end
$$;

comment on function private.change_restore_trash(jsonb) is
  'The inverse of deleting ({ids, targetId, deletedBy, deletedWith}): takes what went to the trash out of it again, the last first.';
--! EndIncluded private/trash_object.sql
--! Included private/purge_trash.sql
-- What has been in the trash for longer than the workspace keeps it is dropped for
-- good. The worker speaks for no workspace and sees none, so it is told here which
-- to visit; each visit is a transaction of its own, lest locks on one workspace's
-- tables wait for another's.

create table if not exists private.workspaces_with_trash (
  workspace_id uuid primary key references core.workspaces on delete cascade
);

comment on table private.workspaces_with_trash is
  'The workspaces whose trash may hold something: where authz.purge_trash has to look.';

create or replace function private.tg_trash__note_workspace() returns trigger
language plpgsql
as $$
begin
  insert into private.workspaces_with_trash
    select distinct n.workspace_id from new_rows n
    on conflict do nothing;
  return null;
end
$$;

comment on function private.tg_trash__note_workspace() is
  'Notes that a workspace''s trash holds something.';

create or replace trigger _500_note_workspace
  after insert on core.trash
  referencing new table as new_rows
  for each statement execute function private.tg_trash__note_workspace();

create or replace function authz.workspaces_with_trash() returns setof uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select t.workspace_id from private.workspaces_with_trash t order by t.workspace_id;
end;

comment on function authz.workspaces_with_trash() is
  'The workspaces that authz.purge_trash has to visit. For the worker alone.';
grant execute on function authz.workspaces_with_trash() to relata_worker;

create or replace function authz.purge_trash(workspace_id uuid) returns table (purged int, busy int)
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
declare
  _before timestamptz;
  _time timestamptz;
begin
  purged := 0;
  busy := 0;
  perform set_config('relata.workspace_id', purge_trash.workspace_id::text, true);
  perform private.lock_metadata(purge_trash.workspace_id);
  select now() - make_interval(days => w.trash_retention_days) into _before
    from core.workspaces w where w.id = purge_trash.workspace_id;
  -- What went together can only come back together, so it is purged together.
  for _time in
    select distinct t.created_at from core.trash t
    where t.workspace_id = purge_trash.workspace_id and t.created_at <= _before order by 1
  loop
    begin
      perform private.purge_item(t)
        from core.trash t where t.workspace_id = purge_trash.workspace_id and t.created_at = _time;
      purged := purged + 1;
    exception when lock_not_available or deadlock_detected or dependent_objects_still_exist then
      busy := busy + 1; -- tomorrow, then
    end;
  end loop;
  if not exists (select from core.trash t where t.workspace_id = purge_trash.workspace_id) then
    delete from private.workspaces_with_trash t where t.workspace_id = purge_trash.workspace_id;
  end if;
  return next;
end
$$;

comment on function authz.purge_trash(uuid) is
  'Drops what a workspace''s trash has kept for longer than trash_retention_days; answers how many changes can no longer be undone, and how many have to wait as their tables are busy. For the worker alone.';
grant execute on function authz.purge_trash(uuid) to relata_worker;

create or replace function private.purge_item(_trash core.trash) returns void
language plpgsql
as $$
declare
  _column jsonb;
  _tbl text;
begin
  if _trash.kind = 'FIELD' then
    for _column in select * from jsonb_array_elements(_trash.columns) loop
      _tbl := private.table_or_trashed((_column ->> 'objectId')::uuid);
      if _tbl is not null then
        perform private.run(format('alter table %s drop column if exists %I', _tbl, _column ->> 'trashed'));
      end if;
    end loop;
  else
    perform private.run(format('drop table if exists trash.%I', _trash.id));
    if _trash.kind = 'OBJECT' and to_regprocedure(private.kept_formulas_name(_trash.object_id) || '()') is not null then
      perform private.run(format('drop function %s()', private.kept_formulas_name(_trash.object_id)));
    end if;
  end if;
  delete from core.trash t where t.id = _trash.id;
end
$$;

comment on function private.purge_item(core.trash) is
  'Drops what one row of the trash keeps: a field''s columns, an object''s table, or values that were changed.';

create or replace function private.table_or_trashed(object_id uuid) returns text
language sql stable
return coalesce(private.table_of(object_id), (
  select format('trash.%I', t.id) from core.trash t where t.kind = 'OBJECT' and t.object_id = table_or_trashed.object_id
));

comment on function private.table_or_trashed(uuid) is
  'An object''s table, wherever it is; null when it has been purged.';
--! EndIncluded private/purge_trash.sql
--! Included private/check_searched.sql
-- What an object says of its own fields.

create or replace function private.check_searched(_object core.objects) returns void
language plpgsql
as $$
begin
  if not exists (select from core.fields f where f.object_id = _object.id and f.name = _object.label_field and f.is_active) then
    perform private.fail('NTFND', 'The label is one of the object''s fields.', 'data.labelField');
  elsif exists (
    select from unnest(_object.search_fields) n
    where not exists (select from core.fields f where f.object_id = _object.id and f.name = n and f.type = 'TEXT')) then
    perform private.fail('NTFND', 'Search looks through text fields of the object.', 'data.searchFields');
  elsif _object.image_field is not null
    and not exists (select from core.fields f where f.object_id = _object.id and f.name = _object.image_field) then
    perform private.fail('NTFND', 'The picture is one of the object''s fields.', 'data.imageField');
  elsif _object.duplicate_criteria is not null and (
    jsonb_typeof(_object.duplicate_criteria) <> 'array' or _object.duplicate_criteria @? 'strict $[*] ? (@.type() != "array")'
    or exists (
      select from jsonb_path_query(_object.duplicate_criteria, 'lax $[*][*]') n
      where not exists (select from core.fields f where f.object_id = _object.id and f.name = n #>> '{}'))) then
    perform private.fail('INPUT', 'Duplicates are told by lists of the object''s fields.', 'data.duplicateCriteria');
  end if;
end
$$;

comment on function private.check_searched(core.objects) is
  'Nothing when an object''s label and search fields are fields of its own; NOT_FOUND otherwise.';
--! EndIncluded private/check_searched.sql
--! Included private/rename_object.sql
-- An object's table, keys, relations and permissions follow its names.

create or replace function private.show_relations(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.comment_relation(r)
    from core.relations r
    where show_relations.object_id in (r.from_object_id, r.to_object_id) and r.column_name is not null
       or r.from_object_id in (select m.junction_object_id from core.relations m
                               where show_relations.object_id in (m.from_object_id, m.to_object_id));
end
$$;

comment on function private.show_relations(uuid) is
  'Shows or hides an object''s relations, after it has become active or inactive.';

create or replace function private.rename_object(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
declare
  _schema text := (select w.schema_name from core.workspaces w where w.id = _old.workspace_id);
begin
  if not _old.is_custom then
    perform private.fail('NAMER', 'A standard object keeps its names; its labels may change.', 'data.nameSingular');
  end if;
  perform private.check_name(_new.name_singular, 'data.nameSingular');
  perform private.check_name(_new.name_plural, 'data.namePlural');
  if lower(_new.name_singular) = lower(_new.name_plural) then
    perform private.fail('NAMEX', 'An object''s singular and plural names differ.', 'data.namePlural');
  end if;
  perform private.check_type_name(_new.name_singular, 'data.nameSingular');
  perform private.check_object_name(_old.workspace_id, _new.name_singular, 'data.nameSingular', _old.id);
  perform private.check_object_name(_old.workspace_id, _new.name_plural, 'data.namePlural', _old.id);
  if private.snake_case(_new.name_singular) <> _old.table_name then
    if to_regclass(format('%I.%I', _schema, private.snake_case(_new.name_singular))) is not null then
      perform private.fail('NAMEX', format('This workspace already uses the name %s.', _new.name_singular), 'data.nameSingular');
    end if;
    perform private.run(format('alter table %I.%I rename to %I', _schema, _old.table_name, private.snake_case(_new.name_singular)));
    perform private.rename_morph_keys(_old, private.snake_case(_new.name_singular));
  end if;
end
$$;

comment on function private.rename_object(core.objects, core.objects) is
  'Checks an object''s new names, and renames its table.';

create or replace function private.rename_morph_keys(_old core.objects, table_name text) returns void
language plpgsql
as $$
declare
  _relation record;
  _column text;
begin
  for _relation in
    select r.*, f.column_name as begins from core.relations r join core.fields f on f.id = r.from_field_id
    where r.to_object_id = _old.id and f.type = 'MORPH_RELATION'
  loop
    _column := _relation.begins || '_' || rename_morph_keys.table_name || '_id';
    perform private.rename_column(private.table_of(_relation.from_object_id), _relation.column_name, _column);
    update core.relations r set column_name = _column where r.id = _relation.id;
  end loop;
end
$$;

comment on function private.rename_morph_keys(core.objects, text) is
  'Lets the keys of morph fields that point at an object follow its new name (target_rocket_id).';

create or replace function private.rename_targets(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
declare
  _field core.fields;
  _name text := 'target' || private.upper_first(_new.name_singular);
begin
  for _field in
    select f.* from core.relations r join core.fields f on f.id = r.from_field_id
    where r.to_object_id = _new.id and f.is_system and f.name = 'target' || private.upper_first(_old.name_singular)
  loop
    perform private.check_field_name(o, _name, 'RELATION', 'data.nameSingular', _field.id) from core.objects o where o.id = _field.object_id;
    update core.fields f set name = _name, label = private.words(_name), column_name = private.rename_field(_field, _name) where f.id = _field.id;
  end loop;
  perform private.comment_relation(r) from core.relations r where r.to_object_id = _new.id and r.column_name is not null;
end
$$;

comment on function private.rename_targets(core.objects, core.objects) is
  'Lets what notes, tasks and files know an object by (targetRocket) follow its new name.';

create or replace function private.rename_permissions(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
begin
  perform private.drop_policies(_new.id);
  perform private.build_policies(_new.id);
  perform private.forget_permissions(_old.workspace_id, _new.name_plural);
  -- A role that named the object goes on meaning it.
  update core.roles r
    set permissions = array(
      select case when split_part(p, '.', 1) = _old.name_plural then _new.name_plural || substr(p, length(_old.name_plural) + 1) else p end
      from unnest(r.permissions) with ordinality x (p, n) order by n)
    where r.workspace_id = _old.workspace_id
      and exists (select from unnest(r.permissions) p where split_part(p, '.', 1) = _old.name_plural);
  perform private.limit_rows(_old.workspace_id);
end
$$;

comment on function private.rename_permissions(core.objects, core.objects) is
  'Lets an object''s policies and the roles'' permissions (rockets.read) follow its new name.';

create or replace function private.drop_policies(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.run(format('drop policy %I on %s', p.polname, _tbl)) from pg_policy p where p.polrelid = _tbl::regclass;
end
$$;

comment on function private.drop_policies(uuid) is
  'Takes all policies off an object''s table; build_policies makes them anew.';
--! EndIncluded private/rename_object.sql
--! Included private/change_object.sql
-- The changes of an object: created, updated (renamed, hidden, described).

create or replace function private.object_of(id text, path text) returns core.objects
language plpgsql
as $$
declare
  _object core.objects;
begin
  select * into _object from core.objects o where o.workspace_id = authz.workspace_id() and o.id::text = lower(object_of.id);
  if not found then
    perform private.fail('NTFND', 'There is no such object.', path);
  end if;
  return _object;
end
$$;

comment on function private.object_of(text, text) is
  'The object with this id in the caller''s workspace; NOT_FOUND otherwise.';

create or replace function private.check_keys(data jsonb, allowed text[]) returns void
language plpgsql
as $$
declare
  _key text;
begin
  select k into _key from jsonb_object_keys(data) k where k <> all (allowed) limit 1;
  if found then
    perform private.fail('INPUT', format('%s cannot be set here.', _key), 'data.' || _key);
  end if;
end
$$;

comment on function private.check_keys(jsonb, text[]) is
  'Nothing when data holds only these keys; BAD_INPUT otherwise.';

create or replace function private.change_create_object(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _id uuid := private.create_object(authz.workspace_id(),
    jsonb_strip_nulls(data) - array['fields', 'isCustom', 'isSystem', 'labelField', 'searchFields', 'duplicateCriteria']);
begin
  return jsonb_build_object('id', _id, 'inverse', jsonb_build_object(
    'kind', 'deleteObject', 'data', jsonb_build_object('id', _id, 'force', true)));
end
$$;

comment on function private.change_create_object(jsonb) is
  'Creates an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon}): its rows, and its table. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED.';

create or replace function private.change_update_object(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.objects := private.object_of(data ->> 'id', 'data.id');
  _new core.objects := _old;
  _label core.fields;
  _key text;
  _standard jsonb := case when not _old.is_custom then private.standard_object_values(_old) end;
begin
  data := private.with_overrides(data, _old.standard_overrides, _standard);
  if data ->> 'labelFieldId' is not null then
    _label := private.field_of(data ->> 'labelFieldId', 'data.labelFieldId');
    if _label.object_id <> _old.id then
      perform private.fail('NTFND', 'The label is one of the object''s fields.', 'data.labelFieldId');
    end if;
    data := data - 'labelFieldId' || jsonb_build_object('labelField', _label.name);
  end if;
  if data ->> 'imageFieldId' is not null then
    data := data - 'imageFieldId' || jsonb_build_object('imageField', (private.field_of(data ->> 'imageFieldId', 'data.imageFieldId')).name);
  end if;
  perform private.check_keys(data, array['id', 'nameSingular', 'namePlural', 'labelSingular', 'labelPlural', 'description', 'icon', 'isActive',
                                         'labelField', 'imageField', 'searchFields', 'isSearchable', 'isLabelSyncedWithName', 'shortcut',
                                         'color', 'duplicateCriteria']);
  _new := jsonb_populate_record(_old, (
    select coalesce(jsonb_object_agg(private.snake_case(k), v), '{}') from jsonb_each(data) x (k, v)
    where k <> 'id' and (v <> 'null' or k in ('imageField', 'shortcut', 'color', 'duplicateCriteria'))));
  _new.duplicate_criteria := nullif(_new.duplicate_criteria, 'null');
  if _new.is_label_synced_with_name and _new.is_custom then
    _new.name_singular := coalesce(data ->> 'nameSingular', private.camel_case(_new.label_singular));
    _new.name_plural := coalesce(data ->> 'namePlural', private.camel_case(_new.label_plural));
  end if;
  foreach _key in array array['labelSingular', 'labelPlural'] loop
    perform private.check_label(to_jsonb(_new) ->> private.snake_case(_key), 'data.' || _key);
  end loop;
  perform private.check_texts(data);
  perform private.check_searched(_new);
  if _old.is_active and not _new.is_active and (_old.is_system or _old.name_singular = 'workspaceMember') then
    perform private.fail('INPUT', 'Relata needs that object: it stays active.', 'data.isActive');
  end if;
  if (_new.name_singular, _new.name_plural) is distinct from (_old.name_singular, _old.name_plural) then
    perform private.rename_object(_old, _new);
    _new.table_name := private.snake_case(_new.name_singular);
  end if;

  update core.objects o
    set (name_singular, name_plural, table_name, label_singular, label_plural, description, icon, is_active, label_field, image_field,
         search_fields, is_searchable, is_label_synced_with_name, shortcut, color, duplicate_criteria, standard_overrides)
      = (_new.name_singular, _new.name_plural, _new.table_name, _new.label_singular, _new.label_plural, _new.description, _new.icon,
         _new.is_active, _new.label_field, _new.image_field, _new.search_fields, _new.is_searchable, _new.is_label_synced_with_name,
         _new.shortcut, _new.color, _new.duplicate_criteria,
         private.overrides(_old.standard_overrides, data, _standard))
    where o.id = _old.id;
  perform private.comment_search(_new.id);
  if _new.is_active <> _old.is_active then
    perform private.show_relations(_new.id);
  end if;
  if _new.search_fields <> _old.search_fields then
    perform private.rebuild_search_vector(_new.id);
  end if;
  if _new.name_singular <> _old.name_singular then
    perform private.rename_targets(_old, _new);
    perform private.rebuild_derived(_new.id);
  end if;
  if _new.name_plural <> _old.name_plural then
    perform private.rename_permissions(_old, _new);
  end if;
  return jsonb_build_object('id', _old.id, 'inverse', jsonb_build_object('kind', 'updateObject', 'data', (
    select jsonb_object_agg(k, case when k = 'id' then v else to_jsonb(_old) -> private.snake_case(k) end) from jsonb_each(data) x (k, v))));
end
$$;

comment on function private.change_update_object(jsonb) is
  'Changes an object ({id, nameSingular, namePlural, labelSingular, labelPlural, description, icon, isActive, labelField or labelFieldId, imageField or imageFieldId, searchFields, isSearchable, isLabelSyncedWithName, shortcut, color, duplicateCriteria, standardOverrides}); what is inactive is hidden from every API and keeps its data.';
--! EndIncluded private/change_object.sql
--! Included private/delete_object.sql
-- An object is deleted: its table and its relations go to the trash.

create or replace function private.change_delete_object(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'id', 'data.id');
  _trashed uuid[];
begin
  perform private.check_keys(data, '{id,force}');
  if not _object.is_custom then
    perform private.fail('INPUT', 'A standard object cannot be deleted; make it inactive.', 'data.id');
  end if;
  -- What other objects make of its fields, and of its relations, must go first.
  perform private.check_field_unused(x, array(
      select f.id from core.fields f where f.object_id = _object.id union select r.id from core.rules r where r.object_id = _object.id
      union select r.id from core.row_rules r where r.object_id = _object.id
      union select i.id from core.indexes i where i.object_id = _object.id union select _object.id))
    from (select distinct unnest(private.with_other_sides(f.id)) from core.fields f where f.object_id = _object.id) y (x);
  _trashed := private.trash_object(_object.id);
  return jsonb_build_object('id', _object.id, 'inverse', jsonb_build_object('kind', 'restoreTrash', 'data',
    jsonb_build_object('ids', to_jsonb(_trashed), 'targetId', _object.id, 'deletedBy', 'deleteObject')));
end
$$;

comment on function private.change_delete_object(jsonb) is
  'Deletes a custom object ({id}): its table and its relations go to the trash, and can be had back until they are purged.';
--! EndIncluded private/delete_object.sql
--! Included private/change_options.sql
-- The options of a field change: renamed ones keep their records, and what becomes
-- of records with an option that goes is for the caller to say.

create or replace function private.kept_options(_old jsonb, _new jsonb) returns jsonb
language sql
return private.numbered_options((
  -- An option is known by its id, and without one by its value.
  select jsonb_agg(coalesce(known, '{}') - 'position' || jsonb_strip_nulls(o) order by n)
  from jsonb_array_elements(_new) with ordinality x (o, n)
  left join lateral (
    select k from jsonb_array_elements(_old) k
    where lower(k ->> 'id') = lower(o ->> 'id') or o ->> 'id' is null and k -> 'value' = o -> 'value'
  ) y (known) on true
));

comment on function private.kept_options(jsonb, jsonb) is
  'New options, with what the old ones with their id or value had.';

create or replace function private.change_options(_old core.fields, _new core.fields, data jsonb) returns uuid
language plpgsql
as $$
declare
  _tbl text := private.table_of(_old.object_id);
  _moves jsonb;
  _saved uuid;
begin
  -- {OLD: NEW or null} for each value that goes.
  select coalesce(jsonb_object_agg(o ->> 'value', coalesce(renamed -> 'value', data -> 'removedOptions' -> (o ->> 'value'), 'null')), '{}')
    into _moves
    from jsonb_array_elements(_old.options) o
    left join lateral (select n from jsonb_array_elements(_new.options) n where n -> 'id' = o -> 'id') x (renamed) on true
    where renamed -> 'value' is distinct from o -> 'value';
  perform private.check_removed_options(_old, _new, data);
  if _moves = '{}' and private.option_values(_old.options) = private.option_values(_new.options) and not data ? 'restoredValues' then
    return null; -- they only look otherwise
  end if;
  perform private.forget_option_in_views(_old.id, o ->> 'value')
    from jsonb_array_elements(_old.options) o
    where not exists (select from jsonb_array_elements(_new.options) n where n -> 'id' = o -> 'id');
  perform private.run(format('alter table %s drop constraint %I', _tbl, _old.column_name || '_check'));
  perform private.check_default_option(_new);
  if _moves <> '{}' then
    _saved := private.move_values(_old, _moves);
  end if;
  if data ? 'restoredValues' then
    perform private.restore_values(_old, (data ->> 'restoredValues')::uuid);
  end if;
  perform private.run(format('alter table %s add %s not valid', _tbl, k)) from private.field_columns(_new) c, unnest(c.checks) k;
  -- Records have been moved to options that there are; PostgreSQL may see for itself, on a large table in a job.
  if private.is_large(_old.object_id) then
    perform private.build_later(_old.id, '{CHECKS}');
  else
    perform private.run(format('alter table %s validate constraint %I', _tbl, _old.column_name || '_check'));
  end if;
  return _saved;
end
$$;

comment on function private.change_options(core.fields, core.fields, jsonb) is
  'Lets the records and the check follow the options; answers the id of the trash that keeps the values that were changed, if any.';

create or replace function private.option_values(options jsonb) returns text[]
language sql immutable
return (select array_agg(o ->> 'value' order by o ->> 'value') from jsonb_array_elements(options) o);

comment on function private.option_values(jsonb) is
  'The values of options, in the order of the alphabet.';

create or replace function private.check_removed_options(_old core.fields, _new core.fields, data jsonb) returns void
language plpgsql
as $$
declare
  _option record;
  _used bigint;
begin
  for _option in
    select o ->> 'value' as value from jsonb_array_elements(_old.options) o
    where not exists (select from jsonb_array_elements(_new.options) n where n -> 'id' = o -> 'id')
  loop
    if data -> 'removedOptions' ? _option.value then
      if data -> 'removedOptions' -> _option.value <> 'null' and not exists (
        select from jsonb_array_elements(_new.options) n where n -> 'value' = data -> 'removedOptions' -> _option.value) then
        perform private.fail('OPTNS', 'Records move to an option that there is.', 'data.removedOptions.' || _option.value);
      end if;
    else
      execute format('select count(*) from %s where %s', private.table_of(_old.object_id), private.has_option(_old, _option.value)) into _used;
      if _used > 0 then
        perform private.fail('OPUSE', format('%s records are %s: say in removedOptions what becomes of them.', _used, _option.value), 'data.options');
      end if;
    end if;
  end loop;
end
$$;

comment on function private.check_removed_options(core.fields, core.fields, jsonb) is
  'Nothing when records have none of the options that go, or it is said what becomes of them; OPTION_IN_USE otherwise.';

create or replace function private.check_default_option(_new core.fields) returns void
language plpgsql
as $$
begin
  perform private.default_sql(_new, p.spec, p.type) from private.field_parts(_new) p;
end
$$;

comment on function private.check_default_option(core.fields) is
  'Nothing when a field''s default is one of its options; DEFAULT_INVALID otherwise.';

create or replace function private.has_option(_field core.fields, value text) returns text
language sql immutable
return case when _field.type = 'MULTI_SELECT'
  then format('%L = any (%I)', value, _field.column_name) else format('%I = %L', _field.column_name, value) end;

comment on function private.has_option(core.fields, text) is
  'The condition, in SQL, that a record has an option.';

create or replace function private.move_values(_field core.fields, moves jsonb) returns uuid
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _id uuid := authz.uuid_v7();
  _moved text;
begin
  if _field.type = 'MULTI_SELECT' then
    _moved := format('array(select distinct m from (select case when %L::jsonb ? v then %1$L::jsonb ->> v else v end from unnest(t.%I) v) x (m) where m is not null)',
      moves, _field.column_name);
  else
    _moved := format('%L::jsonb ->> t.%I', moves, _field.column_name);
  end if;
  perform private.run(format('create table trash.%I as select t.id, t.%I as old, %s as new from %s t where %s', _id, _field.column_name, _moved, _tbl,
    (select string_agg(private.has_option(_field, k), ' or ') from jsonb_object_keys(moves) k)));
  perform private.run(format('update %s t set %I = s.new from trash.%I s where s.id = t.id', _tbl, _field.column_name, _id));
  insert into core.trash (id, workspace_id, kind, name, object_id)
    select _id, _field.workspace_id, 'VALUES', o.name_singular || '.' || _field.name, o.id from core.objects o where o.id = _field.object_id;
  return _id;
end
$$;

comment on function private.move_values(core.fields, jsonb) is
  'Gives records other options ({OLD: NEW or null}), and keeps in the trash what they had; answers the trash''s id.';

create or replace function private.restore_values(_field core.fields, trash_id uuid) returns void
language plpgsql
as $$
begin
  if to_regclass(format('trash.%I', trash_id)) is null
    or not exists (select from core.trash t where t.id = trash_id and t.workspace_id = _field.workspace_id) then
    perform private.fail('NTFND', 'The trash does not have the records'' values any more.', 'id');
  end if;
  -- What somebody has changed since stays as it is.
  perform private.run(format('update %s t set %I = s.old from trash.%I s where s.id = t.id and t.%2$I is not distinct from s.new',
    private.table_of(_field.object_id), _field.column_name, trash_id));
  perform private.run(format('drop table trash.%I', trash_id));
  delete from core.trash t where t.id = trash_id;
end
$$;

comment on function private.restore_values(core.fields, uuid) is
  'Gives records back the options that private.move_values took.';
--! EndIncluded private/change_options.sql
--! Included private/check_updated_field.sql
-- What a field may become.

create or replace function private.check_updated_field(_old core.fields, _new core.fields, data jsonb) returns void
language plpgsql
as $$
declare
  _object core.objects;
begin
  select * into strict _object from core.objects o where o.id = _old.object_id;
  perform private.check_label(_new.label, 'data.label');
  if _old.is_system and (data - array['id', 'label', 'description', 'icon', 'type']) <> '{}' then
    perform private.fail('INPUT', 'Relata keeps that field: only its label, description and icon may change.', 'data.id');
  elsif _old.is_active and not _new.is_active and _object.label_field = _old.name then
    perform private.fail('INUSE', 'Records are called by that field: choose another label first.', 'data.isActive');
  elsif _new.name <> _old.name and not _old.is_custom then
    perform private.fail('NAMER', 'A standard field keeps its name; its label may change.', 'data.name');
  elsif _old.type in ('RELATION', 'MORPH_RELATION') and (_new.is_nullable, _new.is_unique, _new.default_value) is distinct from (_old.is_nullable, _old.is_unique, _old.default_value) then
    perform private.fail('RELAT', 'A relation keeps its kind: neither required nor unique, and no default value.', 'data');
  elsif _new.is_unique and _new.default_value is not null and _new.type <> 'UUID' then
    perform private.fail('DEFLT', 'A unique field has no default value: two records would share it.', 'data.defaultValue');
  elsif not _new.is_nullable and _new.default_value is null and _new.type <> 'RELATION' and not _old.is_system
    and data -> 'defaultValue' = 'null' and _old.default_value is not null and not _old.is_custom then
    perform private.fail('DEFLT', 'A standard field that may not be empty keeps a default value.', 'data.defaultValue');
  end if;
  if _new.name <> _old.name then
    perform private.check_name(_new.name, 'data.name');
    perform private.check_field_name(_object, _new.name, _new.type, 'data.name', _old.id, _old.column_name is null);
    if _old.column_name is not null then
      _new.column_name := private.snake_case(_new.name) || case _new.type when 'RELATION' then '_id' else '' end;
      perform private.check_columns(_new, 'data.name');
    end if;
  end if;
  if data ? 'options' then
    perform private.check_options(t, data) from core.field_types t where t.name = _new.type;
  end if;
  if _new.settings is distinct from _old.settings then
    perform private.check_settings(_new.type, private.without_derived(_new.settings));
    if exists (select p.column_name, p.type from private.field_parts(_old) p except select p.column_name, p.type from private.field_parts(_new) p)
      or _new.settings ? 'formula' <> _old.settings ? 'formula' or _new.settings ? 'rollup' <> _old.settings ? 'rollup'
      or _new.settings -> 'isCaseInsensitive' is distinct from _old.settings -> 'isCaseInsensitive' then
      perform private.fail('TYPEX', 'That setting decides the column''s type and stays as it is.', 'data.settings');
    end if;
  end if;
end
$$;

comment on function private.check_updated_field(core.fields, core.fields, jsonb) is
  'Nothing when a field may become what was asked; an error with the path otherwise.';
--! EndIncluded private/check_updated_field.sql
--! Included private/follow_field.sql
-- The columns, checks, indexes and comments of a field follow its row.

create or replace function private.follow_field(_old core.fields, _new core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_new.object_id);
  _bound core.fields := _new;
begin
  -- A hidden field is nobody's to fill in.
  _bound.is_nullable := _new.is_nullable or not _new.is_active;
  if _new.type not in ('RELATION', 'MORPH_RELATION') and not _new.settings ?| '{formula,rollup}' then
    if _new.default_value is distinct from _old.default_value then
      perform private.set_default(_tbl, _new, p.column_name, p.spec, p.type) from private.field_parts(_new) p;
    end if;
    if _bound.is_nullable <> (_old.is_nullable or not _old.is_active) then
      perform private.set_required(_tbl, _bound);
    elsif _new.settings is distinct from _old.settings then
      perform private.rebuild_checks(_bound);
    end if;
  end if;
  if _new.is_unique and not _old.is_unique then
    perform private.index_field(_new);
  elsif _old.is_unique and not _new.is_unique then
    perform private.build_no_more(_new.id, 'UNIQUE');
    perform private.drop_unique(_new);
  end if;
  if _old.is_active and not _new.is_active then
    perform private.forget_field_in_views(_new.id);
  end if;
  perform private.comment_field(_new);
  perform private.comment_relation(r) from core.relations r where r.column_name is not null and _new.id in (r.from_field_id, r.to_field_id);
end
$$;

comment on function private.follow_field(core.fields, core.fields) is
  'Makes the columns, indexes and comments what a changed field''s row says.';

create or replace function private.drop_unique(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
begin
  perform private.run(format('drop index %s.%I', split_part(_tbl, '.', 1), c.relname))
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = _tbl::regclass and c.relname in (
      select x || '_key_' || right(_field.object_id::text, 8) from private.field_parts(_field) p, unnest(array[p.path, _field.column_name]) x);
end
$$;

comment on function private.drop_unique(core.fields) is
  'Drops the index of a field that is not unique any more.';

create or replace function private.set_default(tbl text, _field core.fields, column_name text, spec jsonb, type text) returns void
language plpgsql
as $$
declare
  _default text := private.default_sql(_field, spec, type);
begin
  perform private.run(format('alter table %s alter column %I %s', tbl, column_name, coalesce('set default ' || _default, 'drop default')));
end
$$;

comment on function private.set_default(text, core.fields, text, jsonb, text) is
  'Gives a column the default of its field; records that there are keep what they have.';

create or replace function private.set_required(tbl text, _field core.fields) returns void
language plpgsql
as $$
declare
  _part record;
  _empty bigint;
  _is_large boolean := private.is_large(_field.object_id);
begin
  perform private.build_no_more(_field.id, 'REQUIRED');
  for _part in select * from private.field_parts(_field) loop
    if _part.is_required and not _is_large then
      execute format('select count(*) from %s where %I is null', tbl, _part.column_name) into _empty;
      if _empty > 0 then
        perform private.fail('23502', format('%s records have no value: fill them in first.', _empty), 'data.isNullable');
      end if;
    end if;
    if _part.part is null and not (_is_large and _part.is_required) then
      perform private.run(format('alter table %s alter column %I %s not null', tbl, _part.column_name, case when _part.is_required then 'set' else 'drop' end));
    end if;
  end loop;
  perform private.rebuild_checks(_field);
  if _is_large and not _field.is_nullable then
    perform private.require_later(_field);
  end if;
end
$$;

comment on function private.set_required(text, core.fields) is
  'Makes a field required, or no longer, as its row says; VALUE_REQUIRED tells how many records have no value, on a large table by the field''s status.';
--! EndIncluded private/follow_field.sql
--! Included private/list_of_inverses.sql
-- What is one change to who asks for it may be several inside.

create or replace function private.make_change(kind text, data jsonb) returns jsonb
language plpgsql
as $$
declare
  _done jsonb;
begin
  execute format('select private.%I($1)', 'change_' || private.snake_case(kind)) using data into _done;
  return _done;
end
$$;

comment on function private.make_change(text, jsonb) is
  'Makes a change within another one ({id, inverse}), which is the one that is written down.';

create or replace function private.list_of_inverses(inverses jsonb) returns jsonb
language sql immutable
return case when jsonb_array_length(inverses) = 1 then inverses -> 0
  else jsonb_build_object('kind', 'makeChanges', 'data', jsonb_build_object('changes', (
    select jsonb_agg(i order by n desc) from jsonb_array_elements(inverses) with ordinality x (i, n))))
end;

comment on function private.list_of_inverses(jsonb) is
  'The one change that undoes several, the last first.';

create or replace function private.change_make_changes(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _change jsonb;
  _done jsonb;
  _inverses jsonb := '[]';
begin
  for _change in select c from jsonb_array_elements(data -> 'changes') with ordinality x (c, n) order by n loop
    _done := private.make_change(_change ->> 'kind', _change -> 'data');
    _inverses := _inverses || jsonb_build_array(_done -> 'inverse');
  end loop;
  return jsonb_build_object('id', _done -> 'id', 'inverse', private.list_of_inverses(_inverses));
end
$$;

comment on function private.change_make_changes(jsonb) is
  'The inverse of a change that was several ({changes}).';
--! EndIncluded private/list_of_inverses.sql
--! Included private/views_of_field.sql
-- What views lose with a field that is hidden, or with an option that goes, is kept with
-- the change that took it, for undoing it.

create or replace function private.view_rows_of(field_id uuid) returns jsonb
language sql stable
return private.rows_below('core.views', array(
  select v.id from core.views v where field_id in (v.main_group_by_field_id, v.calendar_field_id, v.kanban_aggregate_operation_field_id)
  union
  select x.view_id from core.view_filters x where x.field_id = view_rows_of.field_id
  union
  select x.view_id from core.view_sorts x where x.field_id = view_rows_of.field_id));

comment on function private.view_rows_of(uuid) is
  'The views that are made of a field, and all that they are made of, as private.restore_rows takes them.';

create or replace function private.lost_rows(before jsonb) returns jsonb
language plpgsql stable
as $$
declare
  _row jsonb;
  _is_same boolean;
  _lost jsonb := '[]';
begin
  for _row in select * from jsonb_array_elements(before) loop
    execute format('select exists (select from %s t where t.id = $1 and to_jsonb(t) - ''updated_at'' = $2)', (_row ->> 'table')::regclass)
      into _is_same using (_row -> 'row' ->> 'id')::uuid, (_row -> 'row') - 'updated_at';
    if not _is_same then
      _lost := _lost || jsonb_build_array(_row);
    end if;
  end loop;
  return _lost;
end
$$;

comment on function private.lost_rows(jsonb) is
  'Of these rows, those that are gone or others by now.';
--! EndIncluded private/views_of_field.sql
--! Included private/change_relation.sql
-- What changes of a relation that stands: what becomes of records when those that they
-- point at are destroyed, and what a morph field points at.

create or replace function private.relation_of(data jsonb) returns core.relations
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'fieldId', 'data.fieldId');
  _relations core.relations[];
begin
  select array_agg(r) into _relations from core.relations r
    where (r.from_field_id = _field.id and (data ->> 'targetObjectId' is null or r.to_object_id::text = lower(data ->> 'targetObjectId')))
       or (r.to_field_id = _field.id and (data ->> 'targetObjectId' is null or r.from_object_id::text = lower(data ->> 'targetObjectId')));
  if _field.is_system then
    perform private.fail('INPUT', 'Relata keeps that field: only its label, description and icon may change.', 'data.fieldId');
  elsif cardinality(_relations) is distinct from 1 then
    perform private.fail('NTFND', 'There is no such relation.', case when data ->> 'targetObjectId' is null then 'data.fieldId' else 'data.targetObjectId' end);
  end if;
  return _relations[1];
end
$$;

comment on function private.relation_of(jsonb) is
  'The relation of {fieldId}, either side of it; of a morph field, the one to {targetObjectId}. NOT_FOUND otherwise.';

create or replace function private.change_update_relation(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _relation core.relations := private.relation_of(data);
  _on_delete text := replace(coalesce(data ->> 'onDelete', _relation.on_delete), 'NO_ACTION', 'RESTRICT');
  _tbl text := private.table_of(_relation.from_object_id);
begin
  perform private.check_keys(data, '{fieldId,targetObjectId,type,onDelete}');
  if data ->> 'type' not in (_relation.type, case when _relation.to_field_id::text = lower(data ->> 'fieldId')
                                                  then replace(_relation.type, 'MANY_TO_ONE', 'ONE_TO_MANY') else _relation.type end) then
    perform private.fail('TYPEX', format('A relation keeps its type, %s: delete it, and create another.', _relation.type), 'data.type');
  end if;
  perform private.check_relation_type(jsonb_build_object('type', _relation.type, 'onDelete', _on_delete), array[_relation.type], 'data');
  if _on_delete <> _relation.on_delete then
    update core.relations r set on_delete = _on_delete where r.id = _relation.id;
    -- Every key is known to be good: of a large table, a job sees to it that PostgreSQL knows, too.
    perform private.run(format('alter table %s drop constraint %I, add constraint %2$I foreign key (%I) references %s on delete %s not valid',
      _tbl, private.key_constraint(_relation.column_name), _relation.column_name, private.table_of(_relation.to_object_id), replace(_on_delete, '_', ' ')));
    if private.is_large(_relation.from_object_id) then
      perform private.build_later(_relation.from_field_id, '{KEYS}');
    else
      perform private.run(format('alter table %s validate constraint %I', _tbl, private.key_constraint(_relation.column_name)));
    end if;
    perform private.comment_relation(_relation);
  end if;
  return jsonb_build_object('id', data -> 'fieldId', 'inverse', jsonb_build_object('kind', 'updateRelation', 'data',
    jsonb_build_object('fieldId', _relation.from_field_id, 'targetObjectId', _relation.to_object_id, 'onDelete', _relation.on_delete)));
end
$$;

comment on function private.change_update_relation(jsonb) is
  'Changes a relation ({fieldId, targetObjectId, onDelete}); another type is refused.';

create or replace function private.change_add_morph_target(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'fieldId', 'data.fieldId');
  _target core.objects;
  _id uuid;
begin
  perform private.check_keys(data, '{fieldId,targetObjectId,targetObject,type,onDelete,targetFieldName,targetFieldLabel,targetFieldIcon}');
  _target := private.relation_target(_field.workspace_id, data, 'data');
  if (select count(*) from core.relations r where r.from_field_id = _field.id) >= 100 then
    perform private.fail('LIMIT', 'A morph relation has at most 100 targets.', 'data');
  end if;
  _id := private.add_morph_target(_field.id, _target.id, private.without_nulls(data));
  perform private.show_in_index_view(r.to_field_id) from core.relations r where r.id = _id;
  return jsonb_build_object('id', _field.id, 'inverse', jsonb_build_object('kind', 'removeMorphTarget', 'data',
    jsonb_build_object('fieldId', _field.id, 'targetObjectId', _target.id, 'force', true)));
end
$$;

comment on function private.change_add_morph_target(jsonb) is
  'Lets a morph field point at one object more ({fieldId, targetObjectId, targetFieldName, targetFieldLabel, targetFieldIcon, onDelete}).';

create or replace function private.change_remove_morph_target(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _relation core.relations := private.relation_of(data);
  _field core.fields := private.field_of(data ->> 'fieldId', 'data.fieldId');
  _trashed uuid[];
begin
  perform private.check_keys(data, '{fieldId,targetObjectId,force}');
  if _field.type <> 'MORPH_RELATION' then
    perform private.fail('RELAT', 'That field is no morph relation.', 'data.fieldId');
  elsif (select count(*) from core.relations r where r.from_field_id = _field.id) = 1 then
    perform private.fail('RELAT', 'A morph relation points at one object at least: delete the field.', 'data.targetObjectId');
  end if;
  perform private.check_field_unused(_relation.to_field_id, '{}');
  if not coalesce((data ->> 'force')::boolean, false) then
    perform private.check_relation_unused(_relation);
  end if;
  _trashed := private.trash_field(_relation.to_field_id);
  return jsonb_build_object('id', _field.id, 'inverse', jsonb_build_object('kind', 'restoreTrash', 'data', jsonb_build_object(
    'ids', to_jsonb(_trashed), 'targetId', _field.id, 'deletedBy', 'removeMorphTarget', 'deletedWith', data - 'force')));
end
$$;

comment on function private.change_remove_morph_target(jsonb) is
  'Lets a morph field no longer point at an object ({fieldId, targetObjectId, force}): its key goes to the trash, and can be had back. One that joins records goes only by force.';
--! EndIncluded private/change_relation.sql
--! Included private/update_relations.sql
-- A field is given the relation that it shall be: the changes that this takes.

create or replace function private.update_relations(_field core.fields, relation jsonb, force boolean) returns jsonb
language plpgsql
as $$
declare
  _inverses jsonb := '[]';
  _change jsonb;
begin
  if _field.type not in ('RELATION', 'MORPH_RELATION') then
    perform private.fail('RELAT', 'That field is no relation.', 'data.relation');
  end if;
  for _change in
    select c from private.relation_changes(_field, relation, force) c
  loop
    _inverses := _inverses || jsonb_build_array(private.make_change(_change ->> 'kind', _change -> 'data') -> 'inverse');
  end loop;
  return _inverses;
end
$$;

comment on function private.update_relations(core.fields, jsonb, boolean) is
  'Makes a field the relation {type, onDelete, targets}, and answers the inverses. targets are all that a morph field points at; moreTargets are those that it shall point at as well.';

create or replace function private.relation_changes(_field core.fields, relation jsonb, force boolean) returns setof jsonb
language plpgsql
as $$
declare
  _path text := 'data.relation';
  _asked jsonb := private.morph_input(jsonb_build_object('relation', case
    when relation ->> 'moreTargets' is not null then relation || jsonb_build_object('targets', relation -> 'moreTargets') else relation end));
  _target jsonb;
  _known core.relations;
  _ids uuid[] := '{}';
begin
  if _field.type = 'RELATION' then
    if private.without_nulls(relation) - array['type', 'onDelete'] <> '{}' then
      perform private.fail('RELAT', 'A relation keeps its objects: delete it, and create another. The field on the other side is changed as a field of its own.', _path);
    end if;
    return next jsonb_build_object('kind', 'updateRelation', 'data', private.without_nulls(relation) || jsonb_build_object('fieldId', _field.id));
    return;
  end if;
  for _target in select t from jsonb_array_elements(_asked) t loop
    _ids := _ids || (private.relation_target(_field.workspace_id, _target, _path || '.targets')).id;
    select * into _known from core.relations r where r.from_field_id = _field.id and r.to_object_id = _ids[cardinality(_ids)];
    if not found then
      return next jsonb_build_object('kind', 'addMorphTarget', 'data', private.without_nulls(_target) - array['targetObjectMetadataId', 'targetObject']
        || jsonb_build_object('fieldId', _field.id, 'targetObjectId', _ids[cardinality(_ids)]));
    elsif _target ->> 'type' is not null or _target ->> 'onDelete' is not null then
      return next jsonb_build_object('kind', 'updateRelation', 'data', jsonb_strip_nulls(jsonb_build_object(
        'fieldId', _field.id, 'targetObjectId', _known.to_object_id, 'type', _target -> 'type', 'onDelete', _target -> 'onDelete')));
    end if;
  end loop;
  return query
    select jsonb_build_object('kind', case when relation ->> 'targets' is null then 'updateRelation' else 'removeMorphTarget' end, 'data',
      jsonb_build_object('fieldId', _field.id, 'targetObjectId', r.to_object_id)
        || case when relation ->> 'targets' is null then jsonb_build_object('onDelete', relation -> 'onDelete') else jsonb_build_object('force', force) end)
    from core.relations r
    where r.from_field_id = _field.id and r.to_object_id <> all (_ids)
      and (relation ->> 'targets' is not null or relation ->> 'onDelete' is not null)
    order by r.id;
end
$$;

comment on function private.relation_changes(core.fields, jsonb, boolean) is
  'The changes that make a field the relation that was asked for; what a morph field shall no longer point at goes last.';
--! EndIncluded private/update_relations.sql
--! Included private/change_field.sql
-- The changes of a field: created, updated (renamed, hidden, made required, its
-- options and default changed).

create or replace function private.field_of(id text, path text) returns core.fields
language plpgsql
as $$
declare
  _field core.fields;
begin
  select * into _field from core.fields f where f.workspace_id = authz.workspace_id() and f.id::text = lower(field_of.id);
  if not found then
    perform private.fail('NTFND', 'There is no such field.', path);
  end if;
  return _field;
end
$$;

comment on function private.field_of(text, text) is
  'The field with this id in the caller''s workspace; NOT_FOUND otherwise.';

create or replace function private.change_create_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _id uuid;
begin
  if exists (select from core.field_types t where t.name = data ->> 'type' and t.is_system) then
    perform private.fail('FTYPE', 'Relata keeps fields of this type itself.', 'data.type');
  end if;
  _id := private.create_field(_object, private.without_nulls(data) - array['isCustom', 'isSystem', 'isInverse', 'onEmptyTable']);
  return jsonb_build_object('id', _id, 'inverse', jsonb_build_object(
    'kind', 'deleteField', 'data', jsonb_build_object('id', _id, 'force', true)));
end
$$;

comment on function private.change_create_field(jsonb) is
  'Creates a field ({objectId, name, label, type, description, icon, isNullable, isUnique, defaultValue, options, settings, relation}): its rows, and its columns. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED, FIELD_TYPE_INVALID, OPTIONS_INVALID, DEFAULT_INVALID, SETTINGS_INVALID, RELATION_INVALID, NOT_FOUND.';

create or replace function private.change_update_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.fields := private.field_of(data ->> 'id', 'data.id');
  _new core.fields;
  _saved uuid;
  _inverse jsonb;
  _views jsonb;
  _standard jsonb := case when not _old.is_custom then private.standard_field_values(_old) end;
begin
  data := private.with_overrides(data, _old.standard_overrides, _standard);
  perform private.check_keys(data, array['id', 'type', 'name', 'label', 'description', 'icon', 'isActive', 'isNullable', 'isUnique',
                                         'defaultValue', 'options', 'settings', 'isUiEditable', 'isLabelSyncedWithName', 'removedOptions',
                                         'restoredValues', 'restoredViews', 'relation', 'force']);
  if data ->> 'type' <> _old.type then
    perform private.fail('TYPEX', 'A field keeps its type: make a new field, and copy what fits.', 'data.type');
  end if;
  _new := jsonb_populate_record(_old, (
    select coalesce(jsonb_object_agg(private.snake_case(k), v), '{}') from jsonb_each(data) x (k, v)
    where k not in ('id', 'type', 'removedOptions', 'restoredValues', 'restoredViews', 'relation', 'force') and (v <> 'null' or k = 'defaultValue')));
  if data ? 'defaultValue' then
    _new.default_value := nullif(case when _new.type = 'RAW_JSON' then data -> 'defaultValue' else private.unquoted(data -> 'defaultValue') end, 'null');
  end if;
  if _new.is_label_synced_with_name and _new.is_custom then
    _new.name := coalesce(data ->> 'name', private.camel_case(_new.label));
  end if;
  perform private.check_texts(data);
  perform private.check_updated_field(_old, _new, data);

  if _new.options is distinct from _old.options or _old.is_active and not _new.is_active then
    _views := private.view_rows_of(_old.id);
  end if;
  if _new.options is distinct from _old.options then
    _new.options := private.kept_options(_old.options, _new.options);
    _saved := private.change_options(_old, _new, data);
  end if;
  if _new.name <> _old.name then
    _new.column_name := private.rename_field(_old, _new.name);
  end if;
  update core.fields f
    set (name, column_name, label, description, icon, is_active, is_nullable, is_unique, default_value, options, settings,
         is_ui_editable, is_label_synced_with_name, standard_overrides, status, status_reason)
      = (_new.name, _new.column_name, _new.label, _new.description, _new.icon, _new.is_active, _new.is_nullable, _new.is_unique,
         _new.default_value, _new.options,
         -- What it is made of is changed with its column, below.
         private.without_derived(_new.settings) || (_old.settings - array(select jsonb_object_keys(private.without_derived(_old.settings)))),
         _new.is_ui_editable, _new.is_label_synced_with_name,
         private.overrides(_old.standard_overrides, data, _standard),
         -- What could not be done has been read by now.
         case when f.building = '{}' then 'READY' else f.status end, case when f.building <> '{}' then f.status_reason end)
    where f.id = _old.id;
  if _new.options is distinct from _old.options then
    perform private.follow_options_in_views(_old.id, _old.options, _new.options, not data ? 'restoredViews');
  end if;
  perform private.follow_field(_old, _new);
  if _new.name <> _old.name then
    perform private.rename_in_expressions(_old.object_id, _old.name, _new.name);
    perform private.comment_search(_old.object_id);
  end if;
  if _new.settings -> 'formula' is distinct from _old.settings -> 'formula' then
    perform private.set_formula(_old.id, _new.settings -> 'formula');
  elsif _new.settings -> 'rollup' is distinct from _old.settings -> 'rollup' then
    perform private.set_rollup(_old.id, _new.settings -> 'rollup');
  end if;

  -- What became of removed options is said again when this is undone, and that undone too.
  _inverse := (select jsonb_object_agg(k, case when k in ('id', 'removedOptions') then v else to_jsonb(_old) -> private.snake_case(k) end)
               from jsonb_each(data) x (k, v) where k not in ('restoredValues', 'restoredViews', 'relation', 'force'));
  if data ? 'restoredViews' then
    perform private.restore_rows(data -> 'restoredViews');
  end if;
  _views := nullif(private.lost_rows(_views), '[]');
  if _views is not null then
    _inverse := _inverse || jsonb_build_object('restoredViews', _views);
  end if;
  if _saved is not null then
    _inverse := _inverse || jsonb_build_object('restoredValues', _saved);
  end if;
  return jsonb_build_object('id', _old.id, 'inverse', private.list_of_inverses(
    jsonb_build_array(jsonb_build_object('kind', 'updateField', 'data', _inverse))
      || case when data ->> 'relation' is not null
              then private.update_relations(_new, data -> 'relation', coalesce((data ->> 'force')::boolean, false)) else '[]' end));
end
$$;

comment on function private.change_update_field(jsonb) is
  'Changes a field ({id, name, label, description, icon, isActive, isNullable, isUnique, defaultValue, options, settings, relation, standardOverrides}). relation ({onDelete, targets}) says what becomes of records when others are destroyed, and all that a morph field points at. removedOptions ({OLD: "NEW" or null}) says what becomes of records that have an option that goes.';
--! EndIncluded private/change_field.sql
--! Included private/delete_field.sql
-- A field is deleted, when nothing else is made of it.

create or replace function private.change_delete_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'id', 'data.id');
  _trashed uuid[];
begin
  perform private.check_keys(data, '{id,force}');
  if not _field.is_custom then
    perform private.fail('INPUT', 'A standard field cannot be deleted; make it inactive.', 'data.id');
  elsif exists (select from core.objects o where o.id = _field.object_id and o.label_field = _field.name) then
    perform private.fail('INUSE', 'Records are called by that field: choose another label first.', 'data.id');
  end if;
  perform private.check_field_unused(x, '{}') from unnest(private.with_other_sides(_field.id)) x;
  if not coalesce((data ->> 'force')::boolean, false) then
    perform private.check_relation_unused(r.*) from core.relations r where _field.id in (r.from_field_id, r.to_field_id);
  end if;
  _trashed := private.trash_field(_field.id);
  return jsonb_build_object('id', _field.id, 'inverse', jsonb_build_object('kind', 'restoreTrash', 'data',
    jsonb_build_object('ids', to_jsonb(_trashed), 'targetId', _field.id, 'deletedBy', 'deleteField')));
end
$$;

comment on function private.change_delete_field(jsonb) is
  'Deletes a custom field ({id, force}): its columns go to the trash, and can be had back until they are purged. A relation that joins records goes only by force.';

create or replace function private.check_field_unused(field_id uuid, going uuid[]) returns void
language plpgsql
as $$
declare
  _uses text;
begin
  select string_agg(u.kind || ' ' || u.name, ', ' order by u.kind, u.name) into _uses
    from private.uses_of_field(field_id) u where u.id <> all (going);
  if _uses is not null then
    perform private.fail('INUSE', format('That field is part of: %s. Change or delete these first.', _uses), 'data.id');
  end if;
end
$$;

comment on function private.check_field_unused(uuid, uuid[]) is
  'Nothing when no formula, rollup, rule, index or object needs a field, but those that are going too; FIELD_IN_USE names them otherwise.';

create or replace function private.check_relation_unused(_relation core.relations) returns void
language plpgsql
as $$
declare
  _used bigint;
begin
  if _relation.junction_object_id is not null then
    execute format('select count(*) from %s', private.table_of(_relation.junction_object_id)) into _used;
  else
    execute format('select count(*) from %s where %I is not null', private.table_of(_relation.from_object_id), _relation.column_name) into _used;
  end if;
  if _used > 0 then
    perform private.fail('INUSE', format('%s records are joined by that relation; with force it goes all the same.', _used), 'data.force');
  end if;
end
$$;

comment on function private.check_relation_unused(core.relations) is
  'Nothing when a relation joins no records; FIELD_IN_USE with their number otherwise.';
--! EndIncluded private/delete_field.sql
--! Included private/view_part_rows.sql
-- The rows that a view is made of, by part: for a change that takes them away, and for
-- undoing it.

create or replace function private.parts_of(data jsonb) returns text[]
language sql immutable
return array(
  select distinct case k when 'viewFieldGroups' then 'viewFields' when 'viewFilterGroups' then 'viewFilters' else k end
  from (
    select jsonb_object_keys(data) as k
    union all
    select jsonb_object_keys(coalesce(data -> 'restoredRows', '{}'))
  ) x
  where k in ('viewFields', 'viewFieldGroups', 'viewFilters', 'viewFilterGroups', 'viewSorts', 'viewGroups')
  order by 1);

comment on function private.parts_of(jsonb) is
  'The parts of a view that data says: viewFields (with their headings), viewFilters (with their groups), viewSorts, viewGroups.';

create or replace function private.tables_of_part(part text) returns text[]
language sql immutable
return case part
  when 'viewFields' then '{core.view_field_groups,core.view_fields}'
  when 'viewFilters' then '{core.view_filter_groups,core.view_filters}'
  when 'viewSorts' then '{core.view_sorts}'
  when 'viewGroups' then '{core.view_groups}'
end::text[];

comment on function private.tables_of_part(text) is
  'The tables that hold a part of views, those that others point at first.';

create or replace function private.part_rows(view_id uuid, parts text[]) returns jsonb
language plpgsql stable
as $$
declare
  _part text;
  _table text;
  _rows jsonb;
  _found jsonb := '{}';
begin
  foreach _part in array parts loop
    _found := _found || jsonb_build_object(_part, '[]'::jsonb);
    foreach _table in array private.tables_of_part(_part) loop
      execute format('select coalesce(jsonb_agg(jsonb_build_object(''table'', %L, ''row'', to_jsonb(t)) order by t.id), ''[]'') from %s t where t.view_id = $1',
        _table, _table::regclass) into _rows using view_id;
      _found := jsonb_set(_found, array[_part], _found -> _part || _rows);
    end loop;
  end loop;
  return _found;
end
$$;

comment on function private.part_rows(uuid, text[]) is
  'The rows of parts of a view, as private.restore_rows takes them: {viewSorts: [{table, row}]}.';

create or replace function private.delete_view_part(view_id uuid, part text) returns void
language plpgsql
as $$
declare
  _table text;
begin
  foreach _table in array private.tables_of_part(part) loop
    execute format('delete from %s t where t.view_id = $1', _table::regclass) using view_id;
  end loop;
end
$$;

comment on function private.delete_view_part(uuid, text) is
  'Empties a view of its fields, its filters, its sorts or its groups.';
--! EndIncluded private/view_part_rows.sql
--! Included private/view_parts.sql
-- The parts of a view, as a change of the data model gives them: lists, in their order,
-- with what stands under a heading or in a group given inside of it.

create or replace function private.insert_row(tbl regclass, values_ jsonb) returns uuid
language plpgsql
as $$
declare
  _columns text := (select string_agg(quote_ident(k), ', ') from jsonb_object_keys(values_) k);
  _id uuid;
begin
  execute format('insert into %s (%s) select %2$s from jsonb_populate_record(null::%1$s, $1) returning id', tbl, _columns)
    into _id using values_;
  return _id;
end
$$;

comment on function private.insert_row(regclass, jsonb) is
  'Inserts a row of core with these columns, and answers its id; the others are as they come.';

create or replace function private.list_of(data jsonb, key text, path text) returns jsonb
language plpgsql
as $$
declare
  _list jsonb := coalesce(nullif(data -> key, 'null'), '[]');
begin
  if jsonb_typeof(_list) <> 'array' then
    _list := '[null]';
  end if;
  if exists (select from jsonb_array_elements(_list) x where jsonb_typeof(x) <> 'object') then
    perform private.fail('INPUT', format('%s is a list of objects.', key), path);
  elsif jsonb_array_length(_list) > 500 then
    perform private.fail('LIMIT', format('%s holds at most 500.', key), path);
  end if;
  return _list;
end
$$;

comment on function private.list_of(jsonb, text, text) is
  'The list under a key, empty when there is none; BAD_INPUT when it is something else.';

create or replace function private.add_part(tbl regclass, _view core.views, given jsonb, part jsonb, types jsonb, path text) returns uuid
language plpgsql
as $$
declare
  _prefix text := coalesce(current_setting('relata.path_prefix', true), '');
  _values jsonb := jsonb_build_object('view_id', _view.id) || given;
  _id uuid;
  _value record;
begin
  perform set_config('relata.path_prefix', _prefix || path || '.', true);
  for _value in select k as key, v as value from jsonb_each(part) x (k, v) where v <> 'null' or not types ? k loop
    if not types ? _value.key then
      perform private.fail('INPUT', format('%s cannot be set here.', _value.key), _value.key);
    elsif types ->> _value.key not in ('any', jsonb_typeof(_value.value)) then
      perform private.fail('INPUT', format('%s is a %s.', _value.key, types ->> _value.key), _value.key);
    elsif _value.key = 'fieldId' then
      select f.id into _id from core.fields f where f.object_id = _view.object_id and f.id::text = lower(_value.value #>> '{}');
      if not found then
        perform private.fail('NTFND', 'The view''s object has no such field.', 'fieldId');
      end if;
      _values := _values || jsonb_build_object('field_id', _id);
    elsif types ->> _value.key <> 'array' then
      _values := _values || jsonb_build_object(private.snake_case(_value.key), _value.value);
    end if;
  end loop;
  _id := private.insert_row(tbl, _values);
  perform set_config('relata.path_prefix', _prefix, true);
  return _id;
end
$$;

comment on function private.add_part(regclass, core.views, jsonb, jsonb, jsonb, text) is
  'Adds one part to a view: what is given by its place, and what was asked for, of those keys and types; faults are told at its path.';

create or replace function private.add_view_fields(_view core.views, data jsonb, group_id uuid, path text) returns void
language sql
begin atomic
  select private.add_part('core.view_fields', _view,
           jsonb_build_object('view_field_group_id', group_id, 'position', (select count(*) from core.view_fields f where f.view_id = _view.id) + n - 1),
           p, '{"fieldId": "string", "isVisible": "boolean", "size": "number", "aggregateOperation": "string"}',
           format('%s.%s', path, n - 1))
  from jsonb_array_elements(private.list_of(data, 'viewFields', path)) with ordinality x (p, n) order by n;
end;

comment on function private.add_view_fields(core.views, jsonb, uuid, text) is
  'Adds the fields of {viewFields} to a view, under a heading or none.';

create or replace function private.add_view_filters(_view core.views, data jsonb, group_id uuid, path text, depth int default 0) returns void
language plpgsql
as $$
declare
  _part record;
  _id uuid;
begin
  if depth > 20 then
    perform private.fail('LIMIT', 'Groups of filters stand at most 20 deep in each other.', path);
  end if;
  perform private.add_part('core.view_filters', _view,
      jsonb_build_object('view_filter_group_id', group_id, 'position_in_view_filter_group', n - 1),
      p, '{"fieldId": "string", "operand": "string", "value": "any", "subFieldName": "string"}',
      format('%sviewFilters.%s', path, n - 1))
    from jsonb_array_elements(private.list_of(data, 'viewFilters', path || 'viewFilters')) with ordinality x (p, n);
  for _part in
    select p, format('%sviewFilterGroups.%s', path, n - 1) as path, n - 1 as place
    from jsonb_array_elements(private.list_of(data, 'viewFilterGroups', path || 'viewFilterGroups')) with ordinality x (p, n) order by n
  loop
    _id := private.add_part('core.view_filter_groups', _view,
      jsonb_build_object('parent_view_filter_group_id', group_id, 'position', _part.place),
      _part.p, '{"logicalOperator": "string", "viewFilters": "array", "viewFilterGroups": "array"}', _part.path);
    perform private.add_view_filters(_view, _part.p, _id, _part.path || '.', depth + 1);
  end loop;
end
$$;

comment on function private.add_view_filters(core.views, jsonb, uuid, text, int) is
  'Adds the filters of {viewFilters, viewFilterGroups} to a view, in a group or none, and what is in the groups.';

create or replace function private.set_view_part(_view core.views, part text, data jsonb) returns void
language plpgsql
as $$
declare
  _group record;
  _id uuid;
begin
  perform private.delete_view_part(_view.id, part);
  if part = 'viewFields' then
    perform private.add_view_fields(_view, data, null, 'data.viewFields');
    for _group in
      select p, format('data.viewFieldGroups.%s', n - 1) as path, n - 1 as place
      from jsonb_array_elements(private.list_of(data, 'viewFieldGroups', 'data.viewFieldGroups')) with ordinality x (p, n) order by n
    loop
      _id := private.add_part('core.view_field_groups', _view, jsonb_build_object('position', _group.place),
        _group.p, '{"name": "string", "isVisible": "boolean", "viewFields": "array"}', _group.path);
      perform private.add_view_fields(_view, _group.p, _id, _group.path || '.viewFields');
    end loop;
  elsif part = 'viewFilters' then
    perform private.add_view_filters(_view, data, null, 'data.');
  elsif part = 'viewGroups' and coalesce(data -> part, 'null') = 'null' then
    perform private.add_option_groups(_view) where _view.type = 'KANBAN';
  else
    perform private.add_part(
        case part when 'viewSorts' then 'core.view_sorts' else 'core.view_groups' end::regclass, _view, jsonb_build_object('position', n - 1), p,
        case part when 'viewSorts' then '{"fieldId": "string", "direction": "string"}' else '{"fieldValue": "string", "isVisible": "boolean"}' end::jsonb,
        format('data.%s.%s', part, n - 1))
      from jsonb_array_elements(private.list_of(data, part, 'data.' || part)) with ordinality x (p, n);
  end if;
end
$$;

comment on function private.set_view_part(core.views, text, jsonb) is
  'Makes the fields, filters, sorts or groups of a view what data says; a board for which no groups are said has one for each option.';
--! EndIncluded private/view_parts.sql
--! Included private/view_data.sql
-- What a change says of a view itself.

create or replace function private.view_values(data jsonb, nulls text[]) returns jsonb
language sql stable
return (
  select coalesce(jsonb_object_agg(private.snake_case(k), v), '{}')
  from jsonb_each(data) x (k, v)
  where k in ('name', 'type', 'icon', 'position', 'isCompact', 'shouldHideEmptyGroups', 'openRecordIn', 'kanbanAggregateOperation',
              'kanbanAggregateOperationFieldId', 'mainGroupByFieldId', 'calendarLayout', 'calendarFieldId', 'anyFieldFilterValue')
    and (v <> 'null' or k = any (nulls))
);

comment on function private.view_values(jsonb, text[]) is
  'The columns of a view that data says; of those that it says are null, only these.';

create or replace function private.check_view_data(data jsonb) returns void
language plpgsql
as $$
declare
  _key text;
begin
  perform private.check_keys(data, array['id', 'objectId', 'key', 'name', 'type', 'icon', 'position', 'isCompact', 'shouldHideEmptyGroups',
    'openRecordIn', 'kanbanAggregateOperation', 'kanbanAggregateOperationFieldId', 'mainGroupByFieldId', 'calendarLayout', 'calendarFieldId',
    'anyFieldFilterValue', 'viewFields', 'viewFieldGroups', 'viewFilters', 'viewFilterGroups', 'viewSorts', 'viewGroups', 'restoredRows']);
  perform private.check_texts(data);
  foreach _key in array array['kanbanAggregateOperationFieldId', 'mainGroupByFieldId', 'calendarFieldId'] loop
    if data ->> _key is not null and not exists (select from core.fields f where f.id::text = lower(data ->> _key)) then
      perform private.fail('NTFND', 'The view''s object has no such field.', 'data.' || _key);
    end if;
  end loop;
end
$$;

comment on function private.check_view_data(jsonb) is
  'Nothing when data says only what a view is made of; BAD_INPUT, NOT_FOUND or an error of its icon otherwise.';
--! EndIncluded private/view_data.sql
--! Included private/change_view.sql
-- The views that a workspace shares are part of its data model: created, updated and
-- deleted with what they are made of. A member's own views are nobody else's, and change
-- only by the mutations of the API.

create or replace function private.view_of(data jsonb) returns core.views
language plpgsql
as $$
declare
  _view core.views;
begin
  perform authz.require_permission('views');
  select * into _view from core.views v
    where v.workspace_id = authz.workspace_id() and v.visibility = 'WORKSPACE' and v.deleted_at is null
      and (v.id::text = lower(data ->> 'id')
        or data ->> 'id' is null and v.key = data ->> 'key' and v.object_id::text = lower(data ->> 'objectId'))
    for no key update;
  if not found then
    perform private.fail('NTFND', 'There is no such view.', 'data.id');
  end if;
  return _view;
end
$$;

comment on function private.view_of(jsonb) is
  'The shared view of {id}, or the index view of {objectId, key}; NOT_FOUND otherwise.';

create or replace function private.change_create_view(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _prefix text := coalesce(current_setting('relata.path_prefix', true), '');
  _view core.views;
  _part text;
begin
  perform authz.require_permission('views');
  perform private.check_view_data(data);
  if data ->> 'key' is not null then
    perform private.fail('VIEWS', 'The object has its index view already.', 'data.key');
  end if;
  perform private.check_label(data ->> 'name', 'data.name');
  perform set_config('relata.path_prefix', _prefix || 'data.', true);
  _view.id := private.insert_row('core.views', jsonb_build_object('object_id', _object.id) || private.view_values(data, '{}'));
  perform set_config('relata.path_prefix', _prefix, true);
  select * into _view from core.views v where v.id = _view.id;
  foreach _part in array private.parts_of(data) loop
    perform private.set_view_part(_view, _part, data);
  end loop;
  return jsonb_build_object('id', _view.id, 'inverse', jsonb_build_object('kind', 'deleteView', 'data', jsonb_build_object('id', _view.id)));
end
$$;

comment on function private.change_create_view(jsonb) is
  'Creates a shared view ({objectId, name, type, …, viewFields, viewFieldGroups: [{name, viewFields}], viewFilters, viewFilterGroups: [{logicalOperator, viewFilters, viewFilterGroups}], viewSorts, viewGroups}).';

create or replace function private.change_update_view(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.views := private.view_of(data);
  _prefix text := coalesce(current_setting('relata.path_prefix', true), '');
  _values jsonb := private.view_values(data, '{kanbanAggregateOperation,kanbanAggregateOperationFieldId,mainGroupByFieldId,calendarLayout,calendarFieldId,anyFieldFilterValue}');
  _columns text := (select string_agg(quote_ident(k), ', ') from jsonb_object_keys(_values) k);
  _new core.views;
  _before jsonb;
  _part text;
begin
  perform private.check_view_data(data);
  _before := private.part_rows(_old.id, private.parts_of(data)
    -- A board's groups follow the field that it is grouped by.
    || case when data ?| array['type', 'mainGroupByFieldId'] then '{viewGroups}' else '{}'::text[] end);
  if _columns is not null then
    perform set_config('relata.path_prefix', _prefix || 'data.', true);
    execute format('update core.views v set (%s) = (select %1$s from jsonb_populate_record(null::core.views, $1)) where v.id = $2', _columns)
      using _values, _old.id;
    perform set_config('relata.path_prefix', _prefix, true);
  end if;
  select * into _new from core.views v where v.id = _old.id;
  foreach _part in array private.parts_of(data - 'restoredRows') loop
    perform private.set_view_part(_new, _part, data);
  end loop;
  for _part in select jsonb_object_keys(data -> 'restoredRows') loop
    perform private.delete_view_part(_old.id, _part);
    perform private.restore_rows(data -> 'restoredRows' -> _part);
  end loop;
  return jsonb_build_object('id', _old.id, 'inverse', jsonb_build_object('kind', 'updateView', 'data',
    jsonb_build_object('id', _old.id, 'restoredRows', _before)
      || (select coalesce(jsonb_object_agg(k, to_jsonb(_old) -> private.snake_case(k)), '{}')
          from jsonb_object_keys(data) k where _values ? private.snake_case(k))));
end
$$;

comment on function private.change_update_view(jsonb) is
  'Changes a shared view ({id} or {objectId, key: INDEX}, and what createView takes): a list that is given takes the place of the one there is. Fields and their headings are said together, filters and their groups too.';

create or replace function private.change_delete_view(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _view core.views := private.view_of(data);
  _rows jsonb := private.rows_below('core.views', array[_view.id]);
begin
  perform private.check_keys(data, '{id}');
  if _view.key = 'INDEX' then
    perform private.fail('VIEWS', 'The index view of an object stays; it can be changed.', 'data.id');
  end if;
  delete from core.views v where v.id = _view.id;
  return jsonb_build_object('id', _view.id, 'inverse', jsonb_build_object('kind', 'restoreView', 'data',
    jsonb_build_object('id', _view.id, 'rows', _rows)));
end
$$;

comment on function private.change_delete_view(jsonb) is
  'Deletes a shared view ({id}) with what it is made of.';

create or replace function private.change_restore_view(data jsonb) returns jsonb
language plpgsql
as $$
begin
  perform authz.require_permission('views');
  perform private.restore_rows(data -> 'rows');
  if not exists (select from core.views v where v.id::text = data ->> 'id') then
    perform private.fail('NTFND', 'The object of that view is gone.', 'id');
  end if;
  return jsonb_build_object('id', data -> 'id', 'inverse', jsonb_build_object('kind', 'deleteView', 'data',
    jsonb_build_object('id', data -> 'id')));
end
$$;

comment on function private.change_restore_view(jsonb) is
  'The inverse of deleting a view ({id, rows}).';
--! EndIncluded private/change_view.sql
--! Included private/catalog_difference.sql
-- What a change did to the tables, the API and who may do what, read from the
-- catalog before and after it: the answer of a plan, and the record of a change.

create or replace function private.api_of(workspace_id uuid) returns setof text
language sql stable
begin atomic
  with hidden as (
    select exists (select from core.objects o where o.workspace_id = api_of.workspace_id and not o.is_active)
      or exists (select from core.fields f where f.workspace_id = api_of.workspace_id and not f.is_active) as is_any
  ), shown as (
    select o.*, private.upper_first(o.name_singular) as type_name
    from core.objects o where o.workspace_id = api_of.workspace_id and o.is_active
  ), fields as (
    select o.type_name, f.*
    from shown o join core.fields f on f.object_id = o.id
    where f.is_active and f.type <> 'TS_VECTOR' and not private.is_filling(f)
      -- What relates may be hidden by others, when others are hidden; asking for each takes too long.
      and (f.type not like '%RELATION' or not (select is_any from hidden) or private.is_shown(f))
  )
  select 'Query.' || unnest(array[name_singular, name_plural, name_singular || 'Duplicates', name_plural || 'GroupBy']) from shown
  union all
  select format('Mutation.%s%s', verb, unnest(array[type_name, private.upper_first(name_plural)]))
  from shown, unnest(array['create', 'update', 'delete', 'destroy', 'restore']) verb
  union all
  select format('Mutation.merge%s', private.upper_first(name_plural)) from shown
  union all
  select type_name || '.' || name from fields where type <> 'MORPH_RELATION'
  union all
  -- What is there whatever the objects are.
  select unnest(array['Query.search', 'SearchRecord.recordId', 'SearchRecord.objectNameSingular', 'SearchRecord.objectLabelSingular',
                      'SearchRecord.label', 'SearchRecord.imageUrl', 'SearchRecord.tsRank', 'SearchRecord.tsRankCD'])
  union all
  select format('%s.%s%s', f.type_name, private.relation_name(r), part)
  from fields f join core.relations r on r.from_field_id = f.id, unnest(array['', 'Id']) part
  where r.column_name is not null and private.is_relation_shown(r) and (part = 'Id' or f.type = 'MORPH_RELATION')
  union all
  -- The types that fields of several parts share, and that of files.
  select distinct replace(initcap(replace(f.type, '_', ' ')), ' ', '') || '.' || (c ->> 'part')
  from fields f join core.field_types t on t.name = f.type, jsonb_array_elements(t.columns) c where c ? 'part'
  union all
  select distinct format('%s%sEnum.%s', replace(initcap(replace(f.type, '_', ' ')), ' ', ''), private.upper_first(c ->> 'part'), o)
  from fields f join core.field_types t on t.name = f.type, jsonb_array_elements(t.columns) c, jsonb_array_elements_text(c -> 'options') o
  where c ? 'part' and c ? 'options'
  union all
  select distinct 'FileOutput.' || part from fields f, unnest(array['fileId', 'label', 'extension']) part where f.type = 'FILES'
  union all
  select format('%s%sEnum.%s', type_name, private.upper_first(name), o ->> 'value')
  from fields, jsonb_array_elements(options) o;
end;

comment on function private.api_of(uuid) is
  'What the GraphQL API of a workspace holds, a line each: Query.companies, Company.name, CompanyStageEnum.NEW.';

create or replace function private.tables_of(workspace_id uuid) returns setof oid
language sql stable rows 50
-- By their names, which an index finds: the catalog holds all other workspaces' tables too.
begin atomic
  select to_regclass(format('%I.%I', w.schema_name, o.table_name))
  from core.objects o join core.workspaces w on w.id = o.workspace_id where o.workspace_id = tables_of.workspace_id;
end;

comment on function private.tables_of(uuid) is
  'The tables of a workspace''s objects.';

create or replace function private.catalog_of(workspace_id uuid) returns text[]
language sql stable
-- Grants as PostgreSQL keeps them: who may do what is told of those that change.
return array(
  select 'table ' || c.oid || ' ' || c.relfilenode || ' ' || c.relname || ' ' || coalesce(c.relacl::text, '')
  from private.tables_of(workspace_id) t join pg_class c on c.oid = t
  union all
  select 'column ' || c.oid || ' ' || c.relname || ' ' || coalesce(a.attacl::text, '-') || ' ' || a.attname
  from private.tables_of(workspace_id) t join pg_class c on c.oid = t join pg_attribute a on a.attrelid = c.oid
  where a.attnum > 0 and not a.attisdropped
  union all
  select 'access policy ' || p.polname || ' on ' || c.relname || ' for '
    || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end
    || ' to ' || case when p.polroles = '{0}' then 'public' else array_to_string(p.polroles::regrole[]::text[], ', ') end
    || ' using ' || coalesce(pg_get_expr(p.polqual, p.polrelid), 'anything')
    || ' check ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'the same')
  from private.tables_of(workspace_id) t join pg_class c on c.oid = t join pg_policy p on p.polrelid = c.oid
  union all
  select 'api ' || line from private.api_of(workspace_id) line);

comment on function private.catalog_of(uuid) is
  'What there is in a workspace, a line each: its tables, columns, policies and API.';

create or replace function private.access_lines(lines text[]) returns setof text
language sql stable
begin atomic
  select substr(line, length('access ') + 1) from unnest(lines) line where starts_with(line, 'access ')
  union all
  select a.grantee::regrole || ' may ' || lower(a.privilege_type) || ' ' || split_part(line, ' ', 4)
  from unnest(lines) line, aclexplode(nullif(split_part(line, ' ', 5), '')::aclitem[]) a
  where starts_with(line, 'table ') and a.grantee <> a.grantor
  union all
  select a.grantee::regrole || ' may ' || lower(a.privilege_type) || ' ' || split_part(line, ' ', 3)
    || '.' || regexp_replace(line, '^(\S+ ){4}', '')
  from unnest(lines) line, aclexplode(nullif(split_part(line, ' ', 4), '-')::aclitem[]) a
  where starts_with(line, 'column ') and a.grantee <> a.grantor;
end;

comment on function private.access_lines(text[]) is
  'Who may do what, a line for each policy and grant, by lines of private.catalog_of.';

create or replace function private.added_and_removed(added text[], removed text[]) returns jsonb
language sql stable
return jsonb_build_object(
  'added', (select coalesce(jsonb_agg(line order by line), '[]') from (select unnest(added) as line except select unnest(removed)) x),
  'removed', (select coalesce(jsonb_agg(line order by line), '[]') from (select unnest(removed) as line except select unnest(added)) x));

comment on function private.added_and_removed(text[], text[]) is
  'The lines of one list that are not in the other, and the other way round, sorted.';

create or replace function private.api_lines(lines text[]) returns text[]
language sql stable
return array(select substr(line, length('api ') + 1) from unnest(lines) line where starts_with(line, 'api '));

comment on function private.api_lines(text[]) is
  'The lines of private.catalog_of that are about the API, without the word.';

create or replace function private.column_lines(lines text[]) returns setof text
language sql stable
begin atomic
  select split_part(line, ' ', 2) || ' ' || regexp_replace(line, '^(\S+ ){4}', '') from unnest(lines) line where starts_with(line, 'column ');
end;

comment on function private.column_lines(text[]) is
  'The lines of private.catalog_of that are about columns, without what may change while the column stays.';

create or replace function private.changed_tables(removed text[], added text[]) returns jsonb
language plpgsql
as $$
declare
  _tables jsonb := '[]';
  _table record;
  _rows bigint;
begin
  for _table in
    select coalesce(b.oid, a.oid) as oid, b.name as old_name, a.name as new_name, b.file as old_file, a.file as new_file
    from private.table_lines(removed) b full join private.table_lines(added) a on a.oid = b.oid
    where (a.name, a.file) is distinct from (b.name, b.file)
    order by coalesce(a.name, b.name)
  loop
    _rows := 0;
    if _table.old_file <> _table.new_file then
      execute format('select count(*) from %s', _table.oid::regclass) into _rows;
    end if;
    _tables := _tables || jsonb_build_object(
      'table', coalesce(_table.new_name, _table.old_name),
      'effect', case
        when _table.old_name is null then 'CREATED'
        when _table.new_name is null then 'REMOVED'
        when _table.old_file <> _table.new_file then 'REWRITTEN'
        else 'RENAMED'
      end,
      'rows', _rows);
  end loop;
  return _tables;
end
$$;

comment on function private.changed_tables(text[], text[]) is
  'The tables that were created, removed, renamed or rewritten, by the lines of private.catalog_of that went and came.';

create or replace function private.table_lines(lines text[]) returns table (oid oid, file text, name text)
language sql stable
begin atomic
  select split_part(line, ' ', 2)::oid, split_part(line, ' ', 3), split_part(line, ' ', 4)
  from unnest(lines) line where starts_with(line, 'table ');
end;

comment on function private.table_lines(text[]) is
  'The lines of private.catalog_of that are about tables, taken apart.';

create or replace function private.catalog_difference(workspace_id uuid, _before text[]) returns jsonb
language plpgsql
as $$
declare
  _after text[] := private.catalog_of(workspace_id);
  _added text[] := array(select unnest(_after) except select unnest(_before));
  _removed text[] := array(select unnest(_before) except select unnest(_after));
  _locks jsonb;
begin
  -- Only tables that others can know: nobody waits for one that is new.
  select coalesce(jsonb_agg(jsonb_build_object('table', relname, 'mode', mode, 'blocks', blocks) order by relname, mode), '[]')
    into _locks
    from (
      -- A table that leaves for the trash is known by the name it had.
      select distinct coalesce(a.name, b.name) as relname, l.mode,
             case when l.mode = 'AccessExclusiveLock' then 'READS_AND_WRITES' else 'WRITES' end as blocks
      from pg_locks l
      join private.table_lines(_before) b on b.oid = l.relation
      left join private.table_lines(_after) a on a.oid = l.relation
      where l.pid = pg_backend_pid() and l.locktype = 'relation'
        and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    ) x;

  return jsonb_build_object(
    'tables', private.changed_tables(_removed, _added),
    'locks', _locks,
    'api', private.added_and_removed(private.api_lines(_added), private.api_lines(_removed)),
    'access', private.added_and_removed(array(select private.access_lines(_added)), array(select private.access_lines(_removed))),
    -- What is gone, or is called otherwise, breaks the plans of schemas compiled before.
    'takesAway', private.api_lines(_removed) <> '{}'
      or exists (select private.column_lines(_removed) except select private.column_lines(_added))
      or exists (
        select from private.table_lines(_removed) b
        where not exists (select from private.table_lines(_added) a where a.oid = b.oid and a.name = b.name)));
end
$$;

comment on function private.catalog_difference(uuid, text[]) is
  'What is not as private.catalog_of found it before: tables, locks held, API and permissions; takesAway when older schemas may not answer any more.';
--! EndIncluded private/catalog_difference.sql
--! Included private/check_value_types.sql
-- What arrives as JSON may be of any type. This is asked once, before a change reads
-- its data, so that no cast of a value fails further in, far from its path.

create or replace function private.check_value_types(data jsonb) returns void
language plpgsql
as $$
declare
  _types constant jsonb := '{
    "id": "string", "objectId": "string", "fieldId": "string", "targetObjectId": "string", "onDelete": "string", "labelFieldId": "string", "imageFieldId": "string",
    "nameSingular": "string", "namePlural": "string", "labelSingular": "string", "labelPlural": "string",
    "name": "string", "label": "string", "description": "string", "icon": "string", "type": "string", "labelField": "string",
    "imageField": "string", "shortcut": "string", "color": "string",
    "isActive": "boolean", "isNullable": "boolean", "isUnique": "boolean", "force": "boolean",
    "isSearchable": "boolean", "isLabelSyncedWithName": "boolean", "isUiEditable": "boolean",
    "key": "string", "openRecordIn": "string", "kanbanAggregateOperation": "string", "kanbanAggregateOperationFieldId": "string",
    "mainGroupByFieldId": "string", "calendarLayout": "string", "calendarFieldId": "string", "anyFieldFilterValue": "string",
    "isCompact": "boolean", "shouldHideEmptyGroups": "boolean", "position": "number",
    "settings": "object", "relation": "object", "removedOptions": "object",
    "options": "array", "searchFields": "array", "duplicateCriteria": "array"
  }';
  _codes constant jsonb := '{"name": "NAMEV", "nameSingular": "NAMEV", "namePlural": "NAMEV", "type": "FTYPE", "options": "OPTNS", "settings": "SETNG", "relation": "RELAT"}';
  _value record;
begin
  for _value in select k as key, v as value, _types ->> k as type from jsonb_each(data) x (k, v) where v <> 'null' and _types ? k loop
    if jsonb_typeof(_value.value) <> _value.type then
      perform private.fail(coalesce(_codes ->> _value.key, 'INPUT'),
        format('%s is %s %s.', _value.key, case when _value.type ~ '^[ao]' then 'an' else 'a' end, _value.type), 'data.' || _value.key);
    end if;
  end loop;
  if exists (select from jsonb_array_elements(case jsonb_typeof(data -> 'options') when 'array' then data -> 'options' else '[]' end) o
             where jsonb_typeof(o) <> 'object'
                or exists (select from jsonb_each(o) p (k, v) where k <> 'position' and jsonb_typeof(v) not in ('string', 'null'))) then
    perform private.fail('OPTNS', 'An option is an object of texts: value, label, color.', 'data.options.value');
  elsif exists (select from jsonb_array_elements(case jsonb_typeof(data -> 'searchFields') when 'array' then data -> 'searchFields' else '[]' end) f
                where jsonb_typeof(f) <> 'string') then
    perform private.fail('INPUT', 'searchFields is a list of names.', 'data.searchFields');
  end if;
end
$$;

comment on function private.check_value_types(jsonb) is
  'Nothing when the values of a change''s data have the types that their names promise; BAD_INPUT, or the error of its kind, with the path otherwise.';
--! EndIncluded private/check_value_types.sql
--! Included private/disagreements.sql
-- Whether the metadata and the catalog say the same, in both directions: what
-- `npm run relata -- drift` tells, what test/db/lints/metadata_agrees.sql finds in no
-- workspace, and what test/db/core/kill.test.ts asks after each death.

create or replace function private.disagreements() returns table (fault text)
language sql stable set jit = off -- it runs once
as $$
with fields as (
  select w.schema_name as s, o.table_name as t, f as field, f.*
  from core.fields f
  join core.objects o on o.id = f.object_id
  join core.workspaces w on w.id = f.workspace_id
), parts as (
  select f.s, f.t, f.is_unique and not 'UNIQUE' = any (f.building) as has_key, f.is_active, 'REQUIRED' = any (f.building) as is_awaited, p.*,
         private.check_sql(f.field, p.spec, 'c') is not null as has_check
  from fields f, private.field_parts(f.field) p
  where f.type <> 'RELATION'
), tables as (
  select c.oid, n.nspname as s, c.relname as t
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname like 'workspace\_%'
), wanted (line) as (
  select 'schema ' || schema_name from core.workspaces
  union all
  select format('table %s.%s', w.schema_name, o.table_name)
  from core.objects o join core.workspaces w on w.id = o.workspace_id
  union all
  select format('column %s.%s.%s %s%s', s, t, column_name, type::regtype, case when is_required and part is null and is_active and not is_awaited then ' not null' end)
  from parts
  union all
  select format('column %s.%s.%s uuid%s', s, t, r.column_name, case when not is_nullable then ' not null' end)
  from core.relations r join fields f on f.id = r.from_field_id where r.column_name is not null
  union all
  select format('check %s.%s.%s', s, t, column_name || '_check') from fields where type = 'MORPH_RELATION'
  union all
  select format('generated %s.%s.%s', s, t, column_name)
  from fields where settings ? 'formula' and not is_kept or type = 'TS_VECTOR'
  union all
  select distinct format('formulas %s %s', private.table_of(object_id), md5(private.kept_formulas_body(object_id)))
  from fields where is_kept and private.kept_formulas_body(object_id) is not null
  union all
  select format('rule %s %s%s', private.table_of(r.object_id), private.rule_constraint(r.name), case when r.only_new_records then ' not valid' end)
  from core.rules r where r.status = 'READY'
  union all
  select format('index %s.%I %s', w.schema_name, i.name, private.index_definition(i))
  from core.indexes i join core.workspaces w on w.id = i.workspace_id where i.status = 'READY'
  union all
  select format('trigger %s %s %s', r.tbl, r.name,
                md5((select string_agg(convert_to(a, 'UTF8') || '\x00', '' order by n) from unnest(r.arguments) with ordinality x (a, n))))
  from core.relations l, private.rollup_triggers(l.id) r
  union all
  select format('check %s.%s.%s', s, t, path || '_check') from parts where has_check
  union all
  select format('check %s.%s.%s', s, t, path || '_given') from parts where is_required and (part is not null or is_awaited) and is_active
  union all
  select format('unique %s.%s.%s', s, t, string_agg(quote_ident(column_name), ', ' order by quote_ident(column_name)))
  from parts where has_key and is_unique
  group by s, t, split_part(path, '.', 1)
  union all
  select format('unique %s.%s.%s', s, t, quote_ident(r.column_name))
  from core.relations r join fields f on f.id = r.from_field_id where r.type = 'ONE_TO_ONE' and not 'INDEXES' = any (f.building)
  union all
  -- A key stands where its field says that it does; of a many-to-many, neither field says so.
  select format('key %s.%s.%s to %s %s', f.s, f.t, r.column_name, g.t, r.on_delete)
  from core.relations r join fields f on f.id = r.from_field_id join fields g on g.id = r.to_field_id
  where f.object_id = r.from_object_id and g.object_id = r.to_object_id and g.column_name is null
    and r.column_name = f.column_name || case f.type when 'MORPH_RELATION' then format('_%s_id', g.t) else '' end
    and f.is_unique = (r.type = 'ONE_TO_ONE')
  union all
  select format('key %s.%s', f.s, r.id)
  from core.relations r join fields f on f.id = r.from_field_id join fields g on g.id = r.to_field_id
  where r.column_name is null and (f.column_name is not null or g.column_name is not null)
  union all
  -- A junction is its two keys, to both sides of its relation, which both must be there.
  select format('unique %s.%s.%s', s, t, string_agg(quote_ident(r.column_name), ', ' order by quote_ident(r.column_name)))
  from core.relations m join core.relations r on r.from_object_id = m.junction_object_id
  join fields f on f.id = r.from_field_id and f.is_system and not f.is_nullable
  where r.to_object_id in (m.from_object_id, m.to_object_id) and r.on_delete = 'CASCADE'
  group by m.id, s, t
  union all
  select format('relation of field %s', id) from core.fields where type in ('RELATION', 'MORPH_RELATION')
), indexes as (
  select tables.*, i.indexrelid, i.indnkeyatts, c.relname as name, i.indisunique,
         exists (select from core.indexes x join core.workspaces w on w.id = x.workspace_id
                 where w.schema_name = tables.s and x.name = c.relname and x.status <> 'READY') as is_underway,
         c.relname ~ '^index_[0-9a-f]{32}$'
           or exists (select from core.indexes x join core.workspaces w on w.id = x.workspace_id
                      where w.schema_name = tables.s and x.name = c.relname) as is_custom
  from tables join pg_index i on i.indrelid = tables.oid join pg_class c on c.oid = i.indexrelid
  where not i.indisprimary
), found (line) as (
  select 'schema ' || nspname from pg_namespace where nspname like 'workspace\_%'
  union all
  select format('table %s.%s', s, t) from tables
  union all
  select format('column %s.%s.%s %s%s', s, t, a.attname, a.atttypid::regtype, case when a.attnotnull then ' not null' end)
  from tables join pg_attribute a on a.attrelid = tables.oid where a.attnum > 0 and not a.attisdropped and a.attname not like 'trash:%'
  union all
  select format('check %s.%s.%s', s, t, c.conname)
  from tables join pg_constraint c on c.conrelid = tables.oid
  where c.contype = 'c' and pg_get_constraintdef(c.oid) not like '%authz.break\_rule(%' and c.conname not like 'trash:%'
  union all
  select format('rule %I.%I %s%s', s, t, c.conname, case when not c.convalidated then ' not valid' end)
  from tables join pg_constraint c on c.conrelid = tables.oid
  where not exists (
      select from core.rules r where r.status = 'BUILDING' and private.table_of(r.object_id)::regclass = c.conrelid and private.rule_constraint(r.name) = c.conname)
    and c.contype = 'c' and pg_get_constraintdef(c.oid) like '%authz.break\_rule(%'
  union all
  select format('generated %s.%s.%s', s, t, a.attname)
  from tables join pg_attribute a on a.attrelid = tables.oid where a.attgenerated <> '' and not a.attisdropped and a.attname not like 'trash:%'
  union all
  select format('formulas %I.%I %s', s, t, md5(p.prosrc))
  from tables join pg_trigger g on g.tgrelid = tables.oid join pg_proc p on p.oid = g.tgfoid where g.tgname = '_500_formulas'
  union all
  select format('index %s.%I using %s', s, name,
                -- Told with its schema or without, as the session's search_path has it.
                regexp_replace(lower(substring(pg_get_indexdef(indexrelid) from ' USING (.*)$')), '(\w+\.)?gin_trgm_ops', 'extensions.gin_trgm_ops'))
  from indexes where is_custom and not is_underway
  union all
  select format('trigger %I.%I %s %s', s, t, g.tgname, md5(g.tgargs))
  from tables join pg_trigger g on g.tgrelid = tables.oid where g.tgname like '\_500\_rollup\_%'
  union all
  select format('unique %s.%s.%s', s, t, (
    select string_agg(k, ', ' order by k)
    from (select regexp_replace(pg_get_indexdef(indexes.indexrelid, n, false), '^lower\((.*)\)$', '\1') as k
          from generate_series(1, indexes.indnkeyatts) n) keys))
  from indexes where indisunique and not is_custom
    -- Whoever builds one has not said yet that it is done.
    and not exists (select from fields f where f.building && '{UNIQUE,INDEXES}' and f.s = indexes.s and f.t = indexes.t
                    and starts_with(indexes.name, f.column_name) and indexes.name ~ '_key_[0-9a-f]{8}$')
    and pg_get_indexdef(indexes.indexrelid) not like '%"trash:%'
  union all
  select format('key %s.%s.%s to %s %s', tables.s, tables.t, a.attname, target.t,
                case c.confdeltype when 'n' then 'SET_NULL' when 'c' then 'CASCADE' when 'r' then 'RESTRICT' else c.confdeltype::text end)
  from tables
  join pg_constraint c on c.conrelid = tables.oid and c.contype = 'f'
  join tables target on target.oid = c.confrelid
  join pg_attribute a on a.attrelid = tables.oid and a.attnum = c.conkey[1]
  union all
  select distinct format('relation of field %s', from_field_id) from core.relations
  union all
  select format('relation of field %s', to_field_id) from core.relations
)
(select 'in the metadata only: ' || line as fault from (select line from wanted except all select line from found) x)
union all
(select 'in the catalog only: ' || line from (select line from found where line not like '%trash:%' except all select line from wanted) y)
$$;

comment on function private.disagreements() is
  'Each line of metadata that the catalog does not follow, and each thing in the catalog that no metadata knows, of the workspaces that the caller sees; what waits in the trash is neither.';
--! EndIncluded private/disagreements.sql
--! Included private/change_adopt_field.sql
-- A column that a DBA added in psql becomes a field, and a field follows what he did to
-- its column.

create or replace function private.type_of_column(type text) returns jsonb
language sql stable
return (
  select jsonb_build_object('type', field_type, 'settings', settings)
  from (values
    ('text', 'TEXT', '{}'::jsonb), ('boolean', 'BOOLEAN', '{}'), ('uuid', 'UUID', '{}'), ('numeric', 'NUMERIC', '{}'),
    ('integer', 'NUMBER', '{"dataType": "int"}'), ('bigint', 'NUMBER', '{"dataType": "bigint"}'), ('double precision', 'NUMBER', '{}'),
    ('date', 'DATE', '{}'), ('timestamp with time zone', 'DATE_TIME', '{}'), ('text[]', 'ARRAY', '{}'), ('jsonb', 'RAW_JSON', '{}')
  ) x (sql_type, field_type, settings)
  where sql_type = type_of_column.type and exists (select from core.field_types t where t.name = field_type)
);

comment on function private.type_of_column(text) is
  'The field type and the settings for a column''s type; null when no field has such columns.';

create or replace function private.default_of_column(default_sql text, field_type text) returns jsonb
language plpgsql stable
as $$
declare
  _value jsonb;
begin
  if default_sql in ('now()', 'CURRENT_TIMESTAMP') and field_type = 'DATE_TIME' then
    return '"now"';
  elsif default_sql ~ '^(''([^'']|'''')*''(::[a-z ]+)?|-?[0-9.]+|true|false)$' then
    execute format('select to_jsonb(%s)', default_sql) into _value; -- a literal, and nothing else
  end if;
  return _value;
end
$$;

comment on function private.default_of_column(text, text) is
  'A column''s default as a field''s, when it is a plain value; null otherwise.';

create or replace function private.field_of_column(object_id uuid, column_name text) returns core.fields
language sql stable
return (
  select f from core.fields f
  where f.object_id = field_of_column.object_id and field_of_column.column_name in (select private.columns_of(f)) limit 1
);

comment on function private.field_of_column(uuid, text) is
  'The field that a column belongs to; null when it is no field''s.';

create or replace function private.check_adoptable(_column record, tbl text) returns void
language plpgsql
as $$
begin
  if _column.attgenerated <> '' or _column.attidentity <> '' then
    perform private.fail('FTYPE', 'PostgreSQL makes its values; a field''s are written, or a formula''s.', 'data.column');
  elsif private.type_of_column(_column.type) is null then
    perform private.fail('FTYPE', format('No field has columns of the type %s.', _column.type), 'data.column');
  elsif private.snake_case(private.api_name(_column.attname)) is distinct from _column.attname then
    perform private.fail('NAMEV', 'A field''s column is in snake_case: rename it.', 'data.column');
  elsif exists (select from pg_constraint k where k.conrelid = tbl::regclass and k.contype = 'f' and _column.attnum = any (k.conkey)) then
    perform private.fail('RELAT', 'It is a foreign key: drop it, and create a relation.', 'data.column');
  end if;
end
$$;

comment on function private.check_adoptable(record, text) is
  'Nothing when a column can be a field''s; an error that says why not otherwise.';

create or replace function private.change_adopt_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _tbl text := private.table_of(_object.id);
  _column record;
  _field core.fields;
  _made jsonb;
begin
  perform private.check_keys(data, '{objectId,column}');
  select a.*, format_type(a.atttypid, null) as type, format_type(a.atttypid, a.atttypmod) as full_type, pg_get_expr(d.adbin, d.adrelid) as default_sql
    into _column
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = _tbl::regclass and a.attname = data ->> 'column' and a.attnum > 0 and not a.attisdropped;
  if not found then
    perform private.fail('NTFND', 'There is no such column.', 'data.column');
  end if;
  perform private.check_adoptable(_column, _tbl);
  _made := private.type_of_column(_column.type) || jsonb_build_object('isNullable', not _column.attnotnull);
  _field := private.field_of_column(_object.id, _column.attname);
  if _field.id is not null then
    return private.adopt_altered(_field, _made);
  end if;
  -- What was typed in psql is noted with what follows from it.
  perform set_config('relata.statements', (coalesce(nullif(current_setting('relata.statements', true), ''), '[]')::jsonb || to_jsonb(
    concat_ws(' ', format('alter table %s add column %I %s', _tbl, _column.attname, _column.full_type),
              'default ' || _column.default_sql, case when _column.attnotnull then 'not null' end)))::text, true);
  _field := private.add_field(_object, _made || jsonb_build_object(
    'name', private.api_name(_column.attname),
    'defaultValue', private.default_of_column(_column.default_sql, _made ->> 'type')), 'data.column');
  perform private.adopt_checks(_field);
  perform private.comment_field(_field);
  perform private.grant_columns(_tbl, array[_column.attname::text]);
  perform private.show_in_index_view(_field.id);
  return jsonb_build_object('id', _field.id, 'inverse', jsonb_build_object(
    'kind', 'deleteField', 'data', jsonb_build_object('id', _field.id, 'force', true)));
end
$$;

comment on function private.change_adopt_field(jsonb) is
  'Makes a field of a column that somebody added in psql ({objectId, column}), or lets a field follow what was done to its column.';

create or replace function private.adopt_checks(_field core.fields) returns void
language plpgsql
as $$
begin
  perform private.run(format('alter table %s add %s', private.table_of(_field.object_id), k))
    from private.field_columns(_field) c, unnest(c.checks) k;
end
$$;

comment on function private.adopt_checks(core.fields) is
  'Puts the checks of a field''s type on a column that came without.';

create or replace function private.adopt_altered(_field core.fields, made jsonb) returns jsonb
language plpgsql
as $$
declare
  _old jsonb := jsonb_build_object('isNullable', _field.is_nullable);
begin
  if _field.is_system then
    perform private.fail('INPUT', 'Relata keeps that field: give its column back what it had.', 'data.column');
  elsif made ->> 'type' <> _field.type then
    perform private.fail('TYPEX', format('A field of the type %s has no such column: alter it back.', _field.type), 'data.column');
  end if;
  update core.fields f
    set is_nullable = (made ->> 'isNullable')::boolean,
        settings = case when f.type = 'NUMBER' then f.settings - 'dataType' || (made -> 'settings') else f.settings end
    where f.id = _field.id;
  return jsonb_build_object('id', _field.id, 'inverse', null);
end
$$;

comment on function private.adopt_altered(core.fields, jsonb) is
  'Lets a field''s row follow its column: whether it is required, and the size of its numbers.';
--! EndIncluded private/change_adopt_field.sql
--! Included private/change_forget_field.sql
-- A column that a DBA dropped in psql takes its field's rows with it.

create or replace function private.change_forget_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'id', 'data.id');
  _ids uuid[] := private.with_other_sides(_field.id);
  _objects uuid[] := array(select distinct f.object_id from core.fields f where f.id = any (_ids));
  _object core.objects;
begin
  perform private.check_keys(data, '{id}');
  select * into strict _object from core.objects o where o.id = _field.object_id;
  if _field.is_system then
    perform private.fail('INPUT', 'Relata keeps that field: add its column again.', 'data.id');
  elsif not exists (select private.columns_of(_field)) or exists (
    select from private.columns_of(_field) c
    join pg_attribute a on a.attrelid = private.table_of(_field.object_id)::regclass and a.attname = c and not a.attisdropped) then
    perform private.fail('INPUT', 'The field has its column: delete it.', 'data.id');
  end if;
  perform private.forget_in_object(f) from core.fields f where f.id = any (_ids);
  delete from core.fields f where f.id = any (_ids);
  perform private.build_kept_formulas(_object.id);
  -- Dropping a column that is searched takes the search vector along (cascade).
  if _field.name = any (_object.search_fields) then
    perform private.rebuild_search_vector(_object.id);
  end if;
  perform private.comment_search(o) from unnest(_objects) o;
  return jsonb_build_object('id', _field.id, 'inverse', null);
end
$$;

comment on function private.change_forget_field(jsonb) is
  'Removes the rows of a field ({id}) whose column somebody dropped in psql. Its values are gone, so this cannot be undone.';

create or replace function private.forget_in_object(_field core.fields) returns void
language sql
begin atomic
  update core.objects o
    set label_field = case when o.label_field = _field.name then 'id' else o.label_field end,
        image_field = nullif(o.image_field, _field.name),
        search_fields = array_remove(o.search_fields, _field.name),
        -- A list without one of its fields would take more records for the same.
        duplicate_criteria = (select jsonb_agg(g order by n) from jsonb_array_elements(o.duplicate_criteria) with ordinality x (g, n) where not g ? _field.name)
    where o.id = _field.object_id;
end;

comment on function private.forget_in_object(core.fields) is
  'Takes a field out of what its object says of it: labelField is id then, imageField none, and the lists of duplicateCriteria with it are gone.';
--! EndIncluded private/change_forget_field.sql
--! Included private/drift.sql
-- What in a workspace's schema is not as its metadata says, and what would make it
-- metadata: the answer to `npm run relata -- drift`.

create or replace function private.access_differences(_object core.objects) returns setof text
language plpgsql
as $$
begin
  -- What Relata would make, made on a table that nobody sees, and compared.
  perform private.run(format('create temporary table relata_like (like %s)', private.table_of(_object.id)));
  perform private.build_policies(_object.id, 'pg_temp.relata_like');
  perform private.grant_columns('pg_temp.relata_like', array(
    select c from core.fields f, private.writable_columns(f) c
    join pg_attribute a on a.attrelid = private.table_of(_object.id)::regclass and a.attname = c and not a.attisdropped
    where f.object_id = _object.id));
  return query
    with lines (tbl, line) as (
      select p.polrelid::regclass, format('policy %s: %s for %s to %s using %s check %s', p.polname,
        case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
        (select string_agg(r::regrole::text, ', ' order by r) from unnest(p.polroles) r where r <> 0),
        coalesce(pg_get_expr(p.polqual, p.polrelid), 'anything'), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'the same'))
      from pg_policy p
      where not exists (select from private.bi_logins l where l.login = p.polname)
      union all
      select c.oid::regclass, format('grant: %s may %s', a.grantee::regrole, lower(a.privilege_type))
      from pg_class c, aclexplode(c.relacl) a where a.grantee <> c.relowner and a.grantee <> 0
        -- What these have is private.limit_fields' to say.
        and a.grantee::regrole::text !~ '^relata_limited_'
      union all
      select col.attrelid::regclass, format('grant: %s may %s %s', a.grantee::regrole, lower(a.privilege_type), col.attname)
      from pg_attribute col, aclexplode(col.attacl) a where a.grantee <> 0 and not col.attisdropped and a.grantee::regrole::text !~ '^relata_limited_'
        and not exists (select from private.bi_logins l where to_regrole(l.login::text) = a.grantee)
    )
    select format('access in the catalog only: %s.%s', _object.table_name, line) from (
      select line from lines where tbl = private.table_of(_object.id)::regclass
      except select line from lines where tbl = 'pg_temp.relata_like'::regclass) x
    union all
    select format('access in the metadata only: %s.%s', _object.table_name, line) from (
      select line from lines where tbl = 'pg_temp.relata_like'::regclass
      except select line from lines where tbl = private.table_of(_object.id)::regclass) x;
  perform private.run('drop table pg_temp.relata_like');
exception when undefined_column then
  return query select format('access in the metadata only: %s.policies, which need a column that is gone: %s', _object.table_name, sqlerrm);
end
$$;

comment on function private.access_differences(core.objects) is
  'Policies and grants of an object''s table that are not those that Relata makes.';

create or replace function private.adoptions(workspace_id uuid) returns table (fault text, change jsonb)
language sql stable
as $$
  with tables as (
    select w.schema_name as s, o.table_name as t, o.id as object_id, to_regclass(format('%I.%I', w.schema_name, o.table_name)) as oid
    from core.objects o join core.workspaces w on w.id = o.workspace_id where w.id = adoptions.workspace_id
  )
  select format('in the catalog only: column %s.%s.%s %s%s', s, t, a.attname, a.atttypid::regtype, case when a.attnotnull then ' not null' end),
         jsonb_build_object('kind', 'adoptField', 'data', jsonb_build_object('objectId', object_id, 'column', a.attname))
  from tables join pg_attribute a on a.attrelid = tables.oid where a.attnum > 0 and not a.attisdropped
  union all
  select 'in the metadata only: ' || l.line, jsonb_build_object('kind', 'forgetField', 'data', jsonb_build_object('id', f.id))
  from tables
  join core.fields f on f.object_id = tables.object_id
  cross join private.columns_of(f) c
  cross join lateral (select format('column %s.%s.%s ', s, t, c) as line) l
  where tables.oid is not null
    and not exists (select from pg_attribute a where a.attrelid = tables.oid and a.attname = c and not a.attisdropped)
$$;

comment on function private.adoptions(uuid) is
  'What would make metadata of a fault of private.disagreements: the change, by the fault''s text (or its beginning, for a column that is gone).';

create or replace function private.drift(workspace_id uuid) returns table (fault text, change jsonb)
language plpgsql set jit = off -- it runs once
as $$
declare
  _schema text := (select w.schema_name from core.workspaces w where w.id = drift.workspace_id);
begin
  return query
    with adoptions as materialized (select * from private.adoptions(drift.workspace_id))
    select d.fault, (
      select a.change from adoptions a
      where a.fault = d.fault or right(a.fault, 1) = ' ' and starts_with(d.fault, a.fault) limit 1)
    from private.disagreements() d
    -- Of other schemas the catalog tells, too, and nothing that is here known of them.
    where d.fault ~ format('\m%s\M', _schema) or d.fault !~ '\mworkspace_'
    order by d.fault;
  return query
    select x.line, null::jsonb
    from core.objects o cross join lateral private.access_differences(o) x (line)
    where o.workspace_id = drift.workspace_id and to_regclass(private.table_of(o.id)) is not null
    order by x.line;
  return query
    select format('function %s: %s', f.function, f.why_not), null::jsonb
    from private.functions_in(_schema) f where f.why_not is not null order by 1;
end
$$;

comment on function private.drift(uuid) is
  'Each difference between a workspace''s metadata and the catalog, with the change ({kind, data}) that makes it metadata, when one can; for the transaction that speaks for the workspace.';
--! EndIncluded private/drift.sql
--! Included private/with_ids.sql
-- A change may name what others have by id: {"objectId": "rocket"}, {"id": "rocket.stage"}.
-- So a list of changes can speak of what is made earlier in it.

create or replace function private.id_of(name text) returns uuid
language sql stable
return case
  when name ~ '^[a-z][a-zA-Z0-9]*$' then (
    select o.id from core.objects o where o.workspace_id = authz.workspace_id() and o.name_singular = id_of.name)
  when name ~ '^[a-z][a-zA-Z0-9]*\.[a-z][a-zA-Z0-9]*$' then (
    select f.id from core.fields f join core.objects o on o.id = f.object_id
    where f.workspace_id = authz.workspace_id() and o.name_singular = split_part(id_of.name, '.', 1) and f.name = split_part(id_of.name, '.', 2))
end;

comment on function private.id_of(text) is
  'The id of an object (rocket) or of a field (rocket.stage) of the caller''s workspace; null for anything else.';

create or replace function private.with_ids(data jsonb) returns jsonb
language plpgsql stable
as $$
begin
  return case jsonb_typeof(data)
    when 'array' then (
      select coalesce(jsonb_agg(private.with_ids(v) order by n), '[]') from jsonb_array_elements(data) with ordinality x (v, n))
    when 'object' then (
      select coalesce(jsonb_object_agg(k, case
          -- What an admin's values hold is no name of ours.
          when k in ('defaultValue', 'settings', 'value', 'expression', 'removedOptions') then v
          when (k = 'id' or k like '%Id') and jsonb_typeof(v) = 'string' then coalesce(to_jsonb(private.id_of(v #>> '{}')), v)
          else private.with_ids(v)
        end), '{}')
      from jsonb_each(data) x (k, v))
    else data
  end;
end
$$;

comment on function private.with_ids(jsonb) is
  'What a change was given, with ids in the place of names; what names nothing stays, for whoever looks it up to say so.';
--! EndIncluded private/with_ids.sql
--! Included private/apply_change.sql
-- A change of the data model is made by the function private.change_<kind>(data),
-- which checks, writes the metadata and runs the DDL, and answers {id, inverse}.
-- Adding a kind is adding its function. core.apply_changes is the door.

create or replace function private.apply_change(kind text, data jsonb, undoes_id uuid default null) returns jsonb
language plpgsql
as $$
declare
  _handler regprocedure := case when kind ~ '^[a-z][a-zA-Z]{0,50}$'
    then to_regprocedure(format('private.%I(jsonb)', 'change_' || private.snake_case(kind))) end;
  _done jsonb;
  _statements jsonb;
  _id uuid;
begin
  if _handler is null then
    perform private.fail('INPUT', 'There is no such kind of change.', 'kind');
  elsif jsonb_typeof(data) is distinct from 'object' then
    perform private.fail('INPUT', 'What to change is an object of values.', 'data');
  -- What only an inverse may hold: it names tables of the trash, and rows as they were.
  elsif undoes_id is null and (kind in ('restoreTrash', 'restoreView', 'makeChanges') or data ?| '{restoredValues,restoredRows,restoredViews,createdAt}') then
    perform private.fail('INPUT', 'Only undoing a change takes things out of the trash.', 'kind');
  end if;
  perform private.check_value_types(data);
  perform set_config('relata.statements', '[]', true);
  execute format('select %s($1)', _handler::regproc) using private.with_ids(data) into _done;
  _statements := current_setting('relata.statements')::jsonb;
  insert into core.changes (workspace_id, kind, data, target_id, inverse, statements, undoes_id, actor_name, member_id)
    values (authz.workspace_id(), kind, data, (_done ->> 'id')::uuid, _done -> 'inverse',
            _statements, undoes_id, authz.actor_name(), authz.member_id())
    returning id into _id;
  perform set_config('relata.statements', '', true);
  return jsonb_build_object('id', _done -> 'id', 'kind', kind, 'changeId', _id, 'statements', _statements);
end
$$;

comment on function private.apply_change(text, jsonb, uuid) is
  'Makes one change ({id, kind, changeId, statements}) and writes its row in core.changes.';

create or replace function private.jobs_of(workspace_id uuid) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('of', x.name, 'steps', x.steps) order by x.name), '[]')
  from (
    select format('field %s.%s', o.name_singular, f.name) as name, to_jsonb(f.building) as steps
    from core.fields f join core.objects o on o.id = f.object_id
    where f.workspace_id = jobs_of.workspace_id and f.status = 'BUILDING' and f.updated_at >= now()
    union all
    select format('rule %s.%s', o.name_singular, r.name), '["CHECKS"]'
    from core.rules r join core.objects o on o.id = r.object_id
    where r.workspace_id = jobs_of.workspace_id and r.status = 'BUILDING' and r.updated_at >= now()
    union all
    select format('index %s', i.name), '["INDEXES"]'
    from core.indexes i where i.workspace_id = jobs_of.workspace_id and i.status = 'BUILDING' and i.updated_at >= now()
  ) x (name, steps);
end;

comment on function private.jobs_of(uuid) is
  'What this transaction leaves to jobs, as its tables are large: [{of, steps}].';

create or replace function private.apply_changes(changes jsonb, undoes_id uuid default null) returns jsonb
language plpgsql
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _before text[];
  _since timestamptz := clock_timestamp();
  _done jsonb := '[]';
  _report jsonb;
  _change record;
begin
  -- A whole model (npm run relata -- model) is longer than what clients send.
  if jsonb_typeof(changes) is distinct from 'array'
    or jsonb_array_length(changes) not between 1 and coalesce(nullif(current_setting('relata.max_changes', true), '')::int, 200) then
    perform private.fail('LIMIT', 'Changes are a list of 1 to 200.', 'changes');
  end if;
  _before := private.catalog_of(_workspace_id);
  for _change in select c, n from jsonb_array_elements(changes) with ordinality x (c, n) loop
    if jsonb_array_length(changes) > 1 then
      perform set_config('relata.path_prefix', format('changes.%s.', _change.n - 1), true);
    end if;
    _done := _done || private.apply_change(_change.c ->> 'kind', coalesce(_change.c -> 'data', '{}'), undoes_id);
  end loop;
  perform set_config('relata.path_prefix', '', true);

  _report := private.catalog_difference(_workspace_id, _before)
    || jsonb_build_object('jobs', private.jobs_of(_workspace_id),
                          'milliseconds', round(extract(epoch from clock_timestamp() - _since) * 1000, 1));
  perform private.touch_metadata(_workspace_id, (_report ->> 'takesAway')::boolean);
  return jsonb_build_object('changes', _done, 'report', _report - 'takesAway');
end
$$;

comment on function private.apply_changes(jsonb, uuid) is
  'Makes a list of changes ([{kind, data}]) and tells what became of the catalog: {changes, report}.';
--! EndIncluded private/apply_change.sql
--! Included core/apply_changes.sql
-- The doors by which an admin shapes the workspace. Each is one transaction over
-- metadata, tables, policies and grants. DDL waits at most 100 ms for its locks,
-- lest every reader queue behind it; src/ tries again.

create or replace function core.apply_changes(changes jsonb, plan boolean default false) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
declare
  _plan text;
begin
  perform authz.require_permission('data_model');
  perform private.lock_metadata(authz.workspace_id());
  if not plan then
    return private.apply_changes(changes);
  end if;
  begin
    -- For real, and then undone: what leaves this block is only the answer.
    raise sqlstate 'PLANX' using message = 'planned', detail = private.apply_changes(changes)::text;
  exception when sqlstate 'PLANX' then
    get stacked diagnostics _plan = pg_exception_detail;
  end;
  return jsonb_set(_plan::jsonb, '{isPlan}', 'true');
end
$$;

comment on function core.apply_changes(jsonb, boolean) is
  'Makes a list of changes ([{kind, data}], kinds as createField, updateObject) in the caller''s workspace, all or none, and answers {changes: [{id, kind, changeId}], report: {tables, locks, api, access, milliseconds}}. A plan does it for real and takes it back. Needs data_model. Errors: those of the data model, each with the path changes.<n>.data.<field>.';
grant execute on function core.apply_changes(jsonb, boolean) to relata_admin;

create or replace function core.undo_change(id uuid, plan boolean default false) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
declare
  _change core.changes;
  _plan text;
begin
  perform authz.require_permission('data_model');
  perform private.lock_metadata(authz.workspace_id());
  select * into _change from core.changes c where c.id = undo_change.id and c.workspace_id = authz.workspace_id();
  if not found then
    perform private.fail('NTFND', 'There is no such change.', 'id');
  elsif _change.inverse is null or _change.inverse = 'null' then
    perform private.fail('DONEX', 'That change cannot be undone.', 'id');
  elsif exists (select from core.changes c where c.workspace_id = _change.workspace_id and c.undoes_id = _change.id) then
    perform private.fail('DONEX', 'That change has been undone already.', 'id');
  end if;
  if not plan then
    return private.apply_changes(jsonb_build_array(_change.inverse), _change.id);
  end if;
  begin
    raise sqlstate 'PLANX' using message = 'planned',
      detail = private.apply_changes(jsonb_build_array(_change.inverse), _change.id)::text;
  exception when sqlstate 'PLANX' then
    get stacked diagnostics _plan = pg_exception_detail;
  end;
  return jsonb_set(_plan::jsonb, '{isPlan}', 'true');
end
$$;

comment on function core.undo_change(uuid, boolean) is
  'Undoes a change with its data, as long as the trash keeps it; answers as core.apply_changes does. Errors: NOT_FOUND, CHANGE_NOT_UNDOABLE, NAME_TAKEN.';
grant execute on function core.undo_change(uuid, boolean) to relata_admin;
--! EndIncluded core/apply_changes.sql

-- Who may do what: roles, and the keys of programs.
--! Included private/role_rights.sql
-- What managing roles must not become: a way up. Nobody gives what he does not have,
-- and nobody but who may do everything touches a role of his own.

create or replace function private.require_grantable(permissions text[], path text default '') returns void
language plpgsql
as $$
declare
  _beyond text;
begin
  select p into _beyond from unnest(permissions) p
    where not (case when p like '%.%' and p not like '*%' then authz.has_permission(p)
               else string_to_array(current_setting('relata.permissions', true), ',') && array['*', p] end)
    limit 1;
  if _beyond is not null then
    raise exception using errcode = '42501', column = path,
      message = format('You do not have the permission %s, and cannot give it.', _beyond);
  end if;
end
$$;

comment on function private.require_grantable(text[], text) is
  'Nothing when the caller has each of these permissions himself; PERMISSION_DENIED otherwise.';

create or replace function private.sees_all() returns boolean
language sql stable
begin atomic
  select not exists (
    select from private.access a
    where a.workspace_id = authz.workspace_id() and a.role_ids = authz.role_ids()
      and (a.fields_key is not null or a.conditions <> '{}'));
end;

comment on function private.sees_all() is
  'Whether nothing is held back from the caller, no field and by rules no record, of what his permissions open.';

create or replace function private.require_roles_manager(permission text default 'roles') returns void
language plpgsql
as $$
begin
  perform authz.require_permission(permission);
  -- Another role could show what is held back from him.
  if not private.sees_all() then
    raise exception using errcode = '42501', message = 'Who does not see every field, or every record, gives no roles.';
  end if;
end
$$;

comment on function private.require_roles_manager(text) is
  'Nothing when the caller has the permission and sees all that a role could show; PERMISSION_DENIED otherwise.';

create or replace function private.role_to_change(id uuid, path text default 'id') returns core.roles
language plpgsql
as $$
declare
  _role core.roles;
begin
  select * into _role from core.roles r where r.id = role_to_change.id and r.workspace_id = authz.workspace_id() for update;
  if not found then
    perform private.fail('NTFND', 'There is no such role.', path);
  elsif _role.name = 'OWNER' then
    perform private.fail('ROLEX', 'Owners may do everything: that role stays as it is.', path);
  elsif _role.id = any (authz.role_ids()) and not authz.has_permission('*') then
    raise exception using errcode = '42501', column = path, message = 'You hold that role yourself, and cannot change it.';
  end if;
  -- To take away is to decide over it as well.
  perform private.require_grantable(_role.permissions, path);
  return _role;
end
$$;

comment on function private.role_to_change(uuid, text) is
  'A role that the caller may change; NOT_FOUND, ROLE_INVALID or PERMISSION_DENIED when he may not.';

create or replace function private.check_permissions(permissions text[], path text) returns text[]
language plpgsql
as $$
declare
  _unknown text;
begin
  select p into _unknown from unnest(permissions) p
    where p is null or p <> '*' and p <> all (private.settings_flags()) and not (
      split_part(p, '.', 2) = any ('{read,create,update,delete,destroy}') and split_part(p, '.', 3) = ''
      and (split_part(p, '.', 1) = '*' or exists (
        select from core.objects o where o.workspace_id = authz.workspace_id() and o.name_plural = split_part(p, '.', 1))))
    limit 1;
  if found then
    perform private.fail('ROLEX', format('There is no permission %s. One is <object>.<read, create, update, delete or destroy> with the object''s plural name or *, or one of %s.',
      coalesce(_unknown, 'null'), array_to_string(private.settings_flags(), ', ')), path);
  end if;
  return array(select distinct p from unnest(permissions) p order by p);
end
$$;

comment on function private.check_permissions(text[], text) is
  'Permissions without doubles; ROLE_INVALID when one of them means nothing here.';

create or replace function private.settings_flags() returns text[]
language sql immutable
return '{api_keys,data_model,impersonate,members,roles,security,views,workspace}'::text[];

comment on function private.settings_flags() is
  'The permissions that are about no object: each opens a part of the settings.';
--! EndIncluded private/role_rights.sql
--! Included core/change_roles.sql
-- Roles are made, changed and given by those who hold the permission `roles`, within
-- what they may do themselves (private/role_rights.sql). Each function is one transaction,
-- and holds from the next request on.

create or replace function core.create_role(data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _permissions text[];
  _id uuid;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _permissions := private.check_permissions(array(select jsonb_array_elements_text(data -> 'permissions')), 'data.permissions');
  perform private.require_grantable(_permissions, 'data.permissions');
  if (select count(*) from core.roles r where r.workspace_id = authz.workspace_id()) >= 200 then
    perform private.fail('LIMIT', 'A workspace has at most 200 roles.');
  end if;
  insert into core.roles (workspace_id, name, label, description, permissions)
    values (authz.workspace_id(), private.role_name(data), private.role_label(data), coalesce(data ->> 'description', ''), _permissions)
    returning id into _id;
  return _id;
exception when unique_violation then
  perform private.fail('NAMEX', 'Another role has that name.', 'data.name');
end
$$;

comment on function core.create_role(jsonb) is
  'Makes a role ({name, label, description, permissions}) and answers its id. Needs roles, and each permission given. Errors: ROLE_INVALID, NAME_INVALID, LABEL_INVALID, NAME_TAKEN, LIMIT_EXCEEDED.';
grant execute on function core.create_role(jsonb) to relata_reader;

create or replace function private.role_label(data jsonb) returns text
language plpgsql
as $$
declare
  _label text := btrim(coalesce(data ->> 'label', data ->> 'name', ''));
begin
  if length(_label) not between 1 and 255 or _label ~ '[[:cntrl:]]' then
    perform private.fail('LABEL', 'A label is a text of 1 to 255 characters.', 'data.label');
  end if;
  return _label;
end
$$;

comment on function private.role_label(jsonb) is
  'What a role is called; its name when nothing is said.';

create or replace function private.role_name(data jsonb) returns text
language plpgsql
as $$
declare
  _name text := coalesce(data ->> 'name', btrim(regexp_replace(upper(private.role_label(data)), '[^A-Z0-9]+', '_', 'g'), '_'));
begin
  if _name !~ '^[A-Z][A-Z0-9_]{0,62}$' then
    perform private.fail('NAMEV', 'The name of a role is 1 to 63 capital letters, digits and _, and begins with a letter.', 'data.name');
  end if;
  return _name;
end
$$;

comment on function private.role_name(jsonb) is
  'The name of a role; made from its label when it is not said.';

create or replace function core.update_role(id uuid, data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
  _permissions text[];
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _role := private.role_to_change(update_role.id);
  _permissions := case when jsonb_typeof(data -> 'permissions') = 'array'
    then private.check_permissions(array(select jsonb_array_elements_text(data -> 'permissions')), 'data.permissions') else _role.permissions end;
  perform private.require_grantable(_permissions, 'data.permissions');
  if not _role.is_custom and data ->> 'name' <> _role.name then
    perform private.fail('ROLEX', 'A standard role keeps its name.', 'data.name');
  end if;
  if _permissions && '{*,data_model}' and exists (select from core.field_permissions p where p.role_id = _role.id) then
    perform private.fail('ROLEX', 'Who shapes the data model can read every field: from such a role none is held back.', 'data.permissions');
  end if;
  update core.roles r
    set name = case when data ->> 'name' is null then r.name else private.role_name(data) end,
        label = case when data ->> 'label' is null then r.label else private.role_label(data) end,
        description = coalesce(data ->> 'description', r.description), permissions = _permissions
    where r.id = _role.id;
  return _role.id;
exception when unique_violation then
  perform private.fail('NAMEX', 'Another role has that name.', 'data.name');
end
$$;

comment on function core.update_role(uuid, jsonb) is
  'Changes a role ({name, label, description, permissions}) and answers its id. Needs roles, and each permission that it has and is given; not for a role of one''s own. Errors as for core.create_role, NOT_FOUND.';
grant execute on function core.update_role(uuid, jsonb) to relata_reader;

create or replace function core.delete_role(id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _role := private.role_to_change(delete_role.id);
  if not _role.is_custom then
    perform private.fail('ROLEX', 'A standard role stays.', 'id');
  end if;
  delete from core.roles r where r.id = _role.id;
  return _role.id;
end
$$;

comment on function core.delete_role(uuid) is
  'Deletes a role, and takes it from all who hold it; answers its id. Needs roles. Errors: NOT_FOUND, ROLE_INVALID for a standard role.';
grant execute on function core.delete_role(uuid) to relata_reader;

create or replace function core.assign_roles(holder_id uuid, role_ids uuid[]) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _member_id uuid := (select m.id from core.workspace_members m where m.id = holder_id and m.workspace_id = authz.workspace_id());
  _api_key_id uuid := (select k.id from core.api_keys k where k.id = holder_id and k.workspace_id = authz.workspace_id());
  _changed uuid;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  if coalesce(_member_id, _api_key_id) is null then
    perform private.fail('NTFND', 'There is no such member or API key.', 'id');
  elsif _member_id = authz.member_id() and not authz.has_permission('*') then
    raise exception using errcode = '42501', message = 'Your own roles are given by others.', column = 'id';
  elsif exists (select from unnest(assign_roles.role_ids) x where not exists (
      select from core.roles r where r.id = x and r.workspace_id = authz.workspace_id())) then
    perform private.fail('NTFND', 'There is no such role.', 'roleIds');
  end if;
  -- Each that is given or taken away is his to give.
  for _changed in
    select x from unnest(assign_roles.role_ids) x
      where not exists (select from core.role_assignments a where a.role_id = x and assign_roles.holder_id in (a.member_id, a.api_key_id))
    union
    select a.role_id from core.role_assignments a
      where assign_roles.holder_id in (a.member_id, a.api_key_id) and a.role_id <> all (assign_roles.role_ids)
  loop
    perform private.require_grantable((select r.permissions from core.roles r where r.id = _changed), 'roleIds');
  end loop;
  delete from core.role_assignments a
    where assign_roles.holder_id in (a.member_id, a.api_key_id) and a.role_id <> all (assign_roles.role_ids);
  insert into core.role_assignments (workspace_id, role_id, member_id, api_key_id)
    select distinct authz.workspace_id(), x, _member_id, _api_key_id from unnest(assign_roles.role_ids) x
  on conflict do nothing;
  return holder_id;
end
$$;

comment on function core.assign_roles(uuid, uuid[]) is
  'Lets a member or an API key hold just these roles, and answers its id. Needs roles, and every permission that is given or taken. Errors: NOT_FOUND, PERMISSION_DENIED.';
grant execute on function core.assign_roles(uuid, uuid[]) to relata_reader;
--! EndIncluded core/change_roles.sql
--! Included core/change_permissions.sql
-- What a role may do with the records of objects, with their fields, and with settings:
-- said object by object, field by field, on top of core.update_role.

create or replace function core.set_field_permissions(role_id uuid, fields jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
  _at int;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _role := private.role_to_change(set_field_permissions.role_id, 'roleId');
  if _role.permissions && '{*,data_model}' then
    perform private.fail('ROLEX', 'Who shapes the data model can read every field: from such a role none is held back.', 'roleId');
  end if;
  select n - 1 into _at from jsonb_array_elements(fields) with ordinality x (f, n)
    where not exists (select from core.fields d where d.id::text = f ->> 'fieldId' and d.workspace_id = authz.workspace_id()) limit 1;
  if found then
    perform private.fail('NTFND', 'There is no such field.', format('fieldPermissions.%s.fieldId', _at));
  end if;
  select n - 1 into _at from jsonb_array_elements(fields) with ordinality x (f, n) join core.fields d on d.id::text = f ->> 'fieldId'
    where (d.is_system or d.name = 'id') and not (coalesce((f ->> 'canRead')::boolean, true) and coalesce((f ->> 'canUpdate')::boolean, true)) limit 1;
  if found then
    perform private.fail('ROLEX', 'Relata itself needs that field: it is held back from nobody.', format('fieldPermissions.%s.fieldId', _at));
  end if;

  with said as (
    select distinct on (f ->> 'fieldId') (f ->> 'fieldId')::uuid as field_id, coalesce((f ->> 'canRead')::boolean, true) as can_read,
           coalesce((f ->> 'canUpdate')::boolean, true) as can_update
    from jsonb_array_elements(fields) with ordinality x (f, n) order by f ->> 'fieldId', n desc
  ), freed as (
    delete from core.field_permissions p using said s
    where p.role_id = _role.id and p.field_id = s.field_id and s.can_read and s.can_update
  )
  insert into core.field_permissions as p (workspace_id, role_id, field_id, can_read)
    select _role.workspace_id, _role.id, s.field_id, s.can_read from said s where not (s.can_read and s.can_update)
  on conflict on constraint field_permissions_role_id_field_id_key do update set can_read = excluded.can_read where p.can_read <> excluded.can_read;
  return _role.id;
end
$$;

comment on function core.set_field_permissions(uuid, jsonb) is
  'Says which fields a role may read and change ([{fieldId, canRead, canUpdate}], true where nothing is said) and answers its id; fields that are not named stay as they were. Needs roles. Errors: NOT_FOUND, ROLE_INVALID.';
grant execute on function core.set_field_permissions(uuid, jsonb) to relata_reader;

create or replace function core.set_object_permissions(role_id uuid, objects jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
  _said record;
  _permissions text[];
begin
  perform authz.require_permission('roles');
  _role := private.role_to_change(set_object_permissions.role_id, 'roleId');
  _permissions := _role.permissions;
  for _said in
    select x.n - 1 as at, o.name_plural, a.action, (x.said ->> a.action)::boolean as may
    from jsonb_array_elements(objects) with ordinality x (said, n)
    cross join unnest('{read,create,update,delete,destroy}'::text[]) a (action)
    left join core.objects o on o.id::text = x.said ->> 'objectId' and o.workspace_id = authz.workspace_id()
    where x.said ->> a.action is not null or o.id is null
    order by x.n
  loop
    if _said.name_plural is null then
      perform private.fail('NTFND', 'There is no such object.', format('objectPermissions.%s.objectId', _said.at));
    elsif _said.may and not _permissions && array['*', '*.' || _said.action] then
      _permissions := _permissions || (_said.name_plural || '.' || _said.action);
    elsif not _said.may then
      -- All of them but this one, by name.
      if '*.' || _said.action = any (_permissions) then
        _permissions := array_remove(_permissions, '*.' || _said.action)
          || array(select o.name_plural || '.' || _said.action from core.objects o where o.workspace_id = authz.workspace_id());
      end if;
      _permissions := array_remove(_permissions, _said.name_plural || '.' || _said.action);
    end if;
  end loop;
  return core.update_role(_role.id, jsonb_build_object('permissions', _permissions));
end
$$;

comment on function core.set_object_permissions(uuid, jsonb) is
  'Says what a role may do with the records of objects ([{objectId, read, create, update, delete, destroy}]; what is not said stays) and answers its id. A role for every object then names each, and gets no new ones. Needs roles. Errors: NOT_FOUND, ROLE_INVALID.';
grant execute on function core.set_object_permissions(uuid, jsonb) to relata_reader;

create or replace function core.set_permission_flags(role_id uuid, flags text[]) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
begin
  perform authz.require_permission('roles');
  _role := private.role_to_change(set_permission_flags.role_id, 'roleId');
  return core.update_role(_role.id, jsonb_build_object('permissions',
    array(select p from unnest(_role.permissions) p where p <> all (private.settings_flags())) || flags));
end
$$;

comment on function core.set_permission_flags(uuid, text[]) is
  'Says which settings a role may change (data_model, members, …), all of them, and answers its id. Needs roles. Errors: NOT_FOUND, ROLE_INVALID.';
grant execute on function core.set_permission_flags(uuid, text[]) to relata_reader;
--! EndIncluded core/change_permissions.sql
--! Included core/change_api_keys.sql
-- API keys are made, ended and given roles by those who hold the permission `api_keys`.
-- The server makes the secret and keeps its hash; nobody can read either again.

create or replace function core.create_api_key(data jsonb, role_ids uuid[], token_hash bytea) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _key core.api_keys;
begin
  perform authz.require_permission('api_keys');
  perform private.require_roles_manager('api_keys');
  if length(btrim(coalesce(data ->> 'name', ''))) not between 1 and 255 then
    perform private.fail('LABEL', 'The name of a key is a text of 1 to 255 characters.', 'data.name');
  elsif (data ->> 'expiresAt')::timestamptz <= now() then
    perform private.fail('INPUT', 'That is over already.', 'data.expiresAt');
  elsif coalesce(cardinality(create_api_key.role_ids), 0) = 0 then
    perform private.fail('INPUT', 'A key holds at least one role.', 'data.roleIds');
  elsif (select count(*) from core.api_keys k where k.workspace_id = authz.workspace_id() and k.revoked_at is null and k.expires_at > now()) >= 500 then
    perform private.fail('LIMIT', 'A workspace has at most 500 keys at a time.');
  end if;
  insert into core.api_keys (workspace_id, name, expires_at)
    values (authz.workspace_id(), btrim(data ->> 'name'), coalesce((data ->> 'expiresAt')::timestamptz, now() + interval '1 year'))
    returning * into _key;
  perform private.keep_api_key(_key.id, token_hash);
  perform private.give_key_roles(_key.id, create_api_key.role_ids);
  return _key.id;
end
$$;

comment on function core.create_api_key(jsonb, uuid[], bytea) is
  'Keeps a new API key ({name, expiresAt, a year when nothing is said}) with its roles and the SHA-256 of its token, and answers its id. Needs api_keys, and each permission of the roles. Errors: LABEL_INVALID, BAD_INPUT, NOT_FOUND, LIMIT_EXCEEDED.';
grant execute on function core.create_api_key(jsonb, uuid[], bytea) to relata_reader;

create or replace function private.give_key_roles(api_key_id uuid, role_ids uuid[]) returns void
language plpgsql
as $$
declare
  _role record;
begin
  for _role in
    select x.id, r.permissions from unnest(give_key_roles.role_ids) x (id)
    left join core.roles r on r.id = x.id and r.workspace_id = authz.workspace_id()
  loop
    if _role.permissions is null then
      perform private.fail('NTFND', 'There is no such role.', 'data.roleIds');
    end if;
    perform private.require_grantable(_role.permissions, 'data.roleIds');
  end loop;
  insert into core.role_assignments (workspace_id, role_id, api_key_id)
    select distinct authz.workspace_id(), x, give_key_roles.api_key_id from unnest(give_key_roles.role_ids) x
  on conflict do nothing;
end
$$;

comment on function private.give_key_roles(uuid, uuid[]) is
  'Gives an API key roles; NOT_FOUND for one that is not there, PERMISSION_DENIED for one that holds more than the caller.';

create or replace function private.api_key_to_change(id uuid) returns core.api_keys
language plpgsql
as $$
declare
  _key core.api_keys;
begin
  select * into _key from core.api_keys k where k.id = api_key_to_change.id and k.workspace_id = authz.workspace_id() for update;
  if not found then
    perform private.fail('NTFND', 'There is no such API key.', 'id');
  end if;
  return _key;
end
$$;

comment on function private.api_key_to_change(uuid) is
  'An API key of the caller''s workspace; NOT_FOUND for another.';

create or replace function core.update_api_key(id uuid, data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _key core.api_keys;
begin
  perform authz.require_permission('api_keys');
  _key := private.api_key_to_change(update_api_key.id);
  if data ? 'name' and length(btrim(coalesce(data ->> 'name', ''))) not between 1 and 255 then
    perform private.fail('LABEL', 'The name of a key is a text of 1 to 255 characters.', 'data.name');
  elsif (data ->> 'expiresAt')::timestamptz > _key.expires_at then
    perform private.fail('INPUT', 'A key can end sooner, not later: make a new one.', 'data.expiresAt');
  end if;
  update core.api_keys k
    set name = coalesce(btrim(data ->> 'name'), k.name), expires_at = coalesce((data ->> 'expiresAt')::timestamptz, k.expires_at),
        revoked_at = coalesce(k.revoked_at, (data ->> 'revokedAt')::timestamptz)
    where k.id = _key.id;
  return _key.id;
end
$$;

comment on function core.update_api_key(uuid, jsonb) is
  'Changes an API key ({name, expiresAt, revokedAt}) and answers its id; it can end sooner, never later. Needs api_keys. Errors: NOT_FOUND, LABEL_INVALID, BAD_INPUT.';
grant execute on function core.update_api_key(uuid, jsonb) to relata_reader;

create or replace function core.replace_api_key_token(id uuid, token_hash bytea, expires_at timestamptz default null) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _key core.api_keys;
begin
  perform authz.require_permission('api_keys');
  perform private.require_roles_manager('api_keys');
  _key := private.api_key_to_change(replace_api_key_token.id);
  if _key.revoked_at is not null then
    perform private.fail('INPUT', 'That key has been revoked.', 'id');
  end if;
  perform private.require_grantable(r.permissions, 'id')
    from core.role_assignments a join core.roles r on r.id = a.role_id where a.api_key_id = _key.id;
  perform private.keep_api_key(_key.id, token_hash);
  update core.api_keys k set expires_at = coalesce(replace_api_key_token.expires_at, k.expires_at) where k.id = _key.id;
  return _key.id;
end
$$;

comment on function core.replace_api_key_token(uuid, bytea, timestamptz) is
  'Keeps the SHA-256 of a new token for an API key, whose former token ends at once; answers its id. Needs api_keys, and each permission of its roles. Errors: NOT_FOUND, BAD_INPUT when it has been revoked.';
grant execute on function core.replace_api_key_token(uuid, bytea, timestamptz) to relata_reader;
--! EndIncluded core/change_api_keys.sql
--! Included core/change_row_rules.sql
-- The rules of rows of a role are said object by object: all that it has from then on.

create or replace function core.set_row_rules(role_id uuid, object_id uuid, rules jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
declare
  _role core.roles;
  _object core.objects;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _role := private.role_to_change(set_row_rules.role_id, 'roleId');
  _object := private.object_of(set_row_rules.object_id::text, 'objectId');
  if _role.permissions && '{*,data_model}' then
    perform private.fail('ROLEX', 'Who shapes the data model can read every record: from such a role none is held back.', 'roleId');
  elsif jsonb_array_length(rules) > 20 then
    perform private.fail('LIMIT', 'A role has at most 20 rules for an object.', 'rules');
  elsif _object.name_singular = 'workspaceMember' and not _object.is_custom then
    perform private.fail('ROLEX', 'Members know each other: their records are open to whoever reads them.', 'objectId');
  end if;
  perform private.lock_metadata(_role.workspace_id);
  perform private.write_row_rules(_role, _object, rules);
  perform private.rebuild_row_policies(_object.id);
  return _role.id;
end
$$;

comment on function core.set_row_rules(uuid, uuid, jsonb) is
  'Says by which rules a role opens the records of an object ([{name, label, actions, predicate}]; every record when there are none) and answers the role''s id. Needs roles. Errors: NOT_FOUND, ROLE_INVALID, EXPRESSION_INVALID, NAME_INVALID, NAME_TAKEN, LIMIT_EXCEEDED.';
grant execute on function core.set_row_rules(uuid, uuid, jsonb) to relata_reader;

create or replace function private.write_row_rules(_role core.roles, _object core.objects, rules jsonb) returns void
language plpgsql
as $$
declare
  _rule record;
  _id uuid;
  _kept text[] := '{}';
begin
  for _rule in
    select r ->> 'name' as name, coalesce(nullif(btrim(r ->> 'label'), ''), private.words(r ->> 'name')) as label, r -> 'predicate' as predicate,
           array(select distinct lower(a) from jsonb_array_elements_text(coalesce(nullif(r -> 'actions', 'null'), '["read","update","delete","destroy"]')) a order by 1) as actions,
           'rules.' || (n - 1) as path
    from jsonb_array_elements(rules) with ordinality x (r, n) order by n
  loop
    if coalesce(_rule.name !~ '^[a-z][a-zA-Z0-9]{0,62}$', true) then
      perform private.fail('NAMEV', 'The name of a rule is camelCase, 1 to 63 letters and digits.', _rule.path || '.name');
    elsif _rule.name = any (_kept) then
      perform private.fail('NAMEX', 'Another rule has that name.', _rule.path || '.name');
    elsif length(_rule.label) > 255 or _rule.label ~ '[[:cntrl:]]' then
      perform private.fail('LABEL', 'A label is a text of 1 to 255 characters.', _rule.path || '.label');
    elsif _rule.actions = '{}' or not _rule.actions <@ '{create,delete,destroy,read,update}' then
      perform private.fail('ROLEX', 'A rule is about read, create, update, delete or destroy.', _rule.path || '.actions');
    end if;
    _kept := _kept || _rule.name;
    select coalesce((select r.id from core.row_rules r where r.role_id = _role.id and r.object_id = _object.id and r.name = _rule.name), authz.uuid_v7()) into _id;
    perform private.compile_row_rule(_object.id, _rule.predicate, _rule.path || '.predicate');
    insert into core.row_rules as r (id, workspace_id, role_id, object_id, name, label, actions, predicate, printed, member_columns)
      values (_id, _role.workspace_id, _role.id, _object.id, _rule.name, _rule.label, _rule.actions, _rule.predicate, private.print_row_rule(_rule.predicate), private.member_columns(_rule.predicate))
    on conflict (id) do update
      set label = excluded.label, actions = excluded.actions, predicate = excluded.predicate, printed = excluded.printed, member_columns = excluded.member_columns;
  end loop;
  delete from core.row_rules r where r.role_id = _role.id and r.object_id = _object.id and r.name <> all (_kept);
end
$$;

comment on function private.write_row_rules(core.roles, core.objects, jsonb) is
  'Writes the rules that a role has for an object, each by its name; those that are not named are gone.';
--! EndIncluded core/change_row_rules.sql
--! Included core/set_row_predicates.sql
-- Rules of rows as other CRM servers have them: a list of predicates, each a field and an
-- operand of view filters, in groups of and and or. They become one rule, `predicates`.

create or replace function private.predicate_list(value jsonb) returns jsonb
language plpgsql immutable
as $$
declare
  _value jsonb := value;
begin
  -- Clients write lists as texts.
  if jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^\s*[\[{]' then
    _value := (value #>> '{}')::jsonb;
  end if;
  return case jsonb_typeof(_value)
    when 'array' then _value
    when 'object' then coalesce(_value -> 'selectedRecordIds', '[]')
      || case when _value -> 'isCurrentWorkspaceMemberSelected' = 'true' then '[{"member": "id"}]'::jsonb else '[]' end
    when 'null' then '[]'::jsonb
    else jsonb_build_array(_value) end;
exception when invalid_text_representation then
  return jsonb_build_array(value);
end
$$;

comment on function private.predicate_list(jsonb) is
  'The values of a predicate: a list, a text that holds one, {selectedRecordIds, isCurrentWorkspaceMemberSelected}, or one value.';

create or replace function private.predicate_value(value jsonb, type text) returns jsonb
language plpgsql immutable
as $$
begin
  if jsonb_typeof(value) <> 'string' then
    return value;
  end if;
  return case
    when type = 'number' then to_jsonb((value #>> '{}')::numeric)
    when type = 'boolean' then to_jsonb((value #>> '{}')::boolean)
    when type = 'date' then jsonb_build_object('date', left(value #>> '{}', 10))
    when type = 'dateTime' then jsonb_build_object('dateTime', value)
    else value end;
exception when data_exception then
  return value;
end
$$;

comment on function private.predicate_value(jsonb, text) is
  'A value of a predicate, which may be written as text, as a literal of the field''s type.';

create or replace function private.predicate_node(_object core.objects, predicate jsonb, path text) returns jsonb
language plpgsql stable
as $$
declare
  _field core.fields := private.field_of(predicate ->> 'fieldMetadataId', path || '.fieldMetadataId');
  _node jsonb := jsonb_strip_nulls(jsonb_build_object('field', _field.name, 'part', predicate -> 'subFieldName'));
  _operand text := coalesce(predicate ->> 'operand', 'IS');
  _column text := (select c.type from private.expression_columns(_field) c where c.part is not distinct from predicate ->> 'subFieldName');
  _type text := private.expression_type(_column);
  _values jsonb := private.predicate_list(coalesce(predicate -> 'value', 'null'));
  _member core.fields;
begin
  if _field.object_id <> _object.id then
    perform private.fail('NTFND', 'There is no such field of this object.', path || '.fieldMetadataId');
  end if;
  if predicate ->> 'workspaceMemberFieldMetadataId' is not null then
    _member := private.field_of(predicate ->> 'workspaceMemberFieldMetadataId', path || '.workspaceMemberFieldMetadataId');
    _values := jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('member', _member.name, 'part', predicate -> 'workspaceMemberSubFieldName')));
  end if;
  _values := (select coalesce(jsonb_agg(private.predicate_value(v, _type) order by n), '[]') from jsonb_array_elements(_values) with ordinality x (v, n));
  if _operand not in ('IS_EMPTY', 'IS_NOT_EMPTY', 'IS_NOT_NULL', 'IS_IN_PAST', 'IS_IN_FUTURE', 'IS_TODAY') and _values = '[]' then
    perform private.fail('EXPRN', 'That operand needs a value.', path || '.value');
  end if;
  return case _operand
    when 'IS' then private.any_of(_node, 'equals', _values)
    -- What is empty is not that, as in views.
    when 'IS_NOT' then private.none_of(_node, private.any_of(_node, 'equals', _values))
    when 'CONTAINS' then private.any_of(_node, case _column when 'text[]' then 'has' else 'contains' end, _values)
    when 'DOES_NOT_CONTAIN' then private.none_of(_node, private.any_of(_node, case _column when 'text[]' then 'has' else 'contains' end, _values))
    when 'GREATER_THAN_OR_EQUAL' then private.any_of(_node, 'greaterOrEqual', _values)
    when 'LESS_THAN_OR_EQUAL' then private.any_of(_node, 'lessOrEqual', _values)
    when 'IS_BEFORE' then private.any_of(_node, 'less', _values)
    when 'IS_AFTER' then private.any_of(_node, 'greaterOrEqual', _values)
    when 'IS_EMPTY' then jsonb_build_object('op', 'isEmpty', 'args', jsonb_build_array(_node))
    when 'IS_NOT_EMPTY' then jsonb_build_object('op', 'isNotEmpty', 'args', jsonb_build_array(_node))
    when 'IS_NOT_NULL' then jsonb_build_object('op', 'isNotEmpty', 'args', jsonb_build_array(_node))
    when 'IS_IN_PAST' then private.any_of(_node, 'less', jsonb_build_array(jsonb_build_object('now', _type)))
    when 'IS_IN_FUTURE' then private.any_of(_node, 'greater', jsonb_build_array(jsonb_build_object('now', _type)))
    when 'IS_TODAY' then private.any_of(_node, 'equals', '[{"now": "date"}]')
    else private.unknown_operand(_operand, path) end;
end
$$;

comment on function private.predicate_node(core.objects, jsonb, text) is
  'A predicate ({fieldMetadataId, operand, value, subFieldName, workspaceMemberFieldMetadataId, workspaceMemberSubFieldName}) as part of a rule.';

create or replace function private.any_of(node jsonb, op text, args jsonb) returns jsonb
language sql immutable
return case jsonb_array_length(args)
  when 1 then jsonb_build_object('op', op, 'args', jsonb_build_array(node, args -> 0))
  else jsonb_build_object('op', 'or', 'args', (
    select jsonb_agg(jsonb_build_object('op', op, 'args', jsonb_build_array(node, a)) order by n) from jsonb_array_elements(args) with ordinality x (a, n))) end;

comment on function private.any_of(jsonb, text, jsonb) is
  'That an operator holds for one of several values.';

create or replace function private.none_of(node jsonb, holds jsonb) returns jsonb
language sql immutable
return jsonb_build_object('op', 'or', 'args', jsonb_build_array(
  jsonb_build_object('op', 'isEmpty', 'args', jsonb_build_array(node)), jsonb_build_object('op', 'not', 'args', jsonb_build_array(holds))));

comment on function private.none_of(jsonb, jsonb) is
  'That a field is empty, or something does not hold for it.';

create or replace function private.unknown_operand(operand text, path text) returns jsonb
language plpgsql
as $$
begin
  perform private.fail('EXPRN', format('A rule cannot ask %s.', left(operand, 40)), path || '.operand');
end
$$;

comment on function private.unknown_operand(text, text) is
  'EXPRESSION_INVALID, of an operand that rules do not have.';

create or replace function private.predicate_group(_object core.objects, predicates jsonb, groups jsonb, group_id text, depth int) returns jsonb
language plpgsql stable
as $$
declare
  _group jsonb := (select g from jsonb_array_elements(groups) g where g ->> 'id' = group_id);
  _parts jsonb;
begin
  if depth > 10 then
    perform private.fail('EXPRN', 'Groups are at most 10 deep in each other.', 'predicateGroups');
  end if;
  select coalesce(jsonb_agg(x.node order by x.place, x.n), '[]') into _parts from (
    select private.predicate_node(_object, p, 'predicates.' || (n - 1)) as node, coalesce((p ->> 'positionInRowLevelPermissionPredicateGroup')::numeric, (p ->> 'position')::numeric, n) as place, n
    from jsonb_array_elements(predicates) with ordinality y (p, n)
    where coalesce(p ->> 'rowLevelPermissionPredicateGroupId', p ->> 'groupId') is not distinct from group_id
    union all
    select private.predicate_group(_object, predicates, groups, g ->> 'id', depth + 1), coalesce((g ->> 'positionInRowLevelPermissionPredicateGroup')::numeric, 1000 + m), 1000 + m
    from jsonb_array_elements(groups) with ordinality z (g, m)
    where coalesce(g ->> 'parentRowLevelPermissionPredicateGroupId', g ->> 'parentGroupId') is not distinct from group_id and g ->> 'id' is not null) x
  where x.node is not null;
  return case jsonb_array_length(_parts) when 0 then null when 1 then _parts -> 0
    else jsonb_build_object('op', case _group ->> 'logicalOperator' when 'OR' then 'or' else 'and' end, 'args', _parts) end;
end
$$;

comment on function private.predicate_group(core.objects, jsonb, jsonb, text, int) is
  'All predicates of a group, and of the groups in it, as part of a rule; null for none.';

create or replace function core.set_row_predicates(role_id uuid, object_id uuid, predicates jsonb, groups jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _predicate jsonb;
begin
  perform authz.require_permission('roles');
  _predicate := private.predicate_group(private.object_of(set_row_predicates.object_id::text, 'objectMetadataId'), predicates, groups, null, 1);
  return core.set_row_rules(set_row_predicates.role_id, set_row_predicates.object_id, case when _predicate is null then '[]' else
    jsonb_build_array(jsonb_build_object('name', 'predicates', 'label', 'Predicates', 'predicate', _predicate,
      'actions', '["read", "create", "update", "delete", "destroy"]'::jsonb)) end);
end
$$;

comment on function core.set_row_predicates(uuid, uuid, jsonb, jsonb) is
  'Says by predicates and groups of them which records of an object a role opens, for every action, and answers the role''s id. Needs roles. Errors as for core.set_row_rules.';
grant execute on function core.set_row_predicates(uuid, uuid, jsonb, jsonb) to relata_reader;
--! EndIncluded core/set_row_predicates.sql
--! Included private/why.sql
-- Why somebody may do something with a record, or may not: the very policies of its table
-- are asked, under his claim, which is taken back; those that a DBA added are among them.

create or replace function private.policies_of(tbl regclass, request_role text, action text)
returns table (part text, name text, is_permissive boolean, expression text, is_about_new boolean)
language sql stable
begin atomic
  with policies as materialized (
    -- To print one takes longer than to ask it.
    select p.polname, p.polpermissive, p.polcmd::text as cmd, pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as checked
    from pg_policy p
    where p.polrelid = policies_of.tbl
      and p.polcmd = any (case policies_of.action when 'read' then '{r,*}' when 'destroy' then '{r,d,*}' else '{r,w,*}' end::"char"[])
      and exists (select from unnest(p.polroles) r where r = 0 or pg_has_role(policies_of.request_role, r, 'usage'))
  )
  select w.part, p.polname, p.polpermissive, coalesce(case when w.is_check then p.checked end, p.qual, 'true'), w.is_check and policies_of.action = 'delete'
  from (values ('read', 'r', false, '{read,update,delete,destroy}'::text[]), ('update', 'w', false, '{update,delete}'), ('check', 'w', true, '{update,delete}'),
               -- What is changed and then looked for is to be seen still.
               ('seen', 'r', true, '{delete}'), ('destroy', 'd', false, '{destroy}')) w (part, cmd, is_check, actions)
  join policies p on p.cmd in (w.cmd, '*')
  where policies_of.action = any (w.actions);
end;

comment on function private.policies_of(regclass, text, text) is
  'The policies that PostgreSQL asks when a role does something with a record, and in which part of it: reading, updating, checking what becomes of it, seeing that.';

create or replace function private.ask_policies(tbl regclass, request_role text, action text, record_id uuid)
returns table (part text, name text, is_permissive boolean, holds boolean)
language plpgsql stable
as $$
declare
  _parts text[];
  _names text[];
  _kinds boolean[];
  _ages boolean[];
  _places int[];
  _questions text;
begin
  with asked as materialized (
    select p.*, dense_rank() over (order by p.expression) as place
    from private.policies_of(ask_policies.tbl, ask_policies.request_role, ask_policies.action) p
  )
  select array_agg(a.part), array_agg(a.name), array_agg(a.is_permissive), array_agg(a.is_about_new), array_agg(a.place),
         (select string_agg(d.expression, ', ' order by d.place) from (select distinct b.place, b.expression from asked b) d)
    into _parts, _names, _kinds, _ages, _places, _questions
    from asked a;
  -- To plan a question takes longer than to answer it, so each is put once, for the record as it is and as it would be.
  return query execute format(
      'select u.part, u.name, u.kind, r.answers[u.place]
       from (select n.is_new, (select array[%s]::boolean[] from jsonb_populate_record(x, case when n.is_new then ''{"deleted_at": "2000-01-01"}'' else ''{}'' end::jsonb) %I) as answers
             from %s x, unnest($6) n (is_new) where x.id = $7 offset 0) r
       join unnest($1, $2, $3, $4, $5) u (part, name, kind, is_new, place) on u.is_new = r.is_new',
      _questions, (select c.relname from pg_class c where c.oid = ask_policies.tbl), ask_policies.tbl)
    using _parts, _names, _kinds, _ages, _places, case when true = any (_ages) then '{f,t}' else '{f}' end::boolean[], ask_policies.record_id;
end
$$;

comment on function private.ask_policies(regclass, text, text, uuid) is
  'What each policy says of a record, under the claim that is made; nothing when the record is not there.';

create or replace function private.why(caller_id uuid, object_id uuid, record_id uuid, action text) returns jsonb
language plpgsql
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _object core.objects := (select o from core.objects o where o.id = why.object_id and o.workspace_id = _workspace_id);
  _tbl regclass := private.table_of(why.object_id)::regclass;
  _role text;
  _answer jsonb;
begin
  begin
    select c.request_role into _role from authz.claim(caller_id, _workspace_id, null) c;
    _answer := private.decide(_object, _tbl, _role, record_id, action);
    -- The claim is taken back.
    raise exception using errcode = 'ROLLB';
  exception
    when sqlstate 'ROLLB' then null;
    when sqlstate 'LOGIN' or sqlstate 'SUSPD' then
      _answer := jsonb_build_object('may', false, 'because', 'has no access to the workspace');
  end;
  return _answer;
end
$$;

comment on function private.why(uuid, uuid, uuid, text) is
  'Whether a member (by his user) or an API key may read, update, delete or destroy a record, and what decides: {may, because}. For the transaction that speaks for the workspace.';

create or replace function private.decide(_object core.objects, tbl regclass, request_role text, record_id uuid, action text) returns jsonb
language plpgsql stable
as $$
declare
  _needed text[] := case action when 'read' then '{read}' when 'update' then '{read,update}' when 'delete' then '{read,update,delete}' else array['read', action] end;
  _missing text := (select x from unnest(_needed) x where not authz.has_permission(_object.name_plural || '.' || x) limit 1);
  _parts text[] := case action when 'read' then '{read}' when 'update' then '{read,update,check}' when 'delete' then '{read,update,check,seen}' else '{read,destroy}' end;
  _is_there boolean;
  _no record;
begin
  if _missing is not null then
    return jsonb_build_object('may', false, 'because', format('no role of his has %s.%s', _object.name_plural, _missing));
  end if;
  if not (case action
      when 'read' then has_any_column_privilege(request_role, tbl, 'select')
      when 'destroy' then has_table_privilege(request_role, tbl, 'delete')
      else has_any_column_privilege(request_role, tbl, 'update') end) then
    return jsonb_build_object('may', false, 'because', format('the PostgreSQL role %s is granted nothing of that', request_role));
  end if;
  with answers as materialized (
    select a.* from private.ask_policies(tbl, request_role, action, record_id) a
  ), refusals as (
    -- Of those that let, one is enough, and must be there; those that keep out must all agree.
    select p.part, null as name from unnest(_parts) p (part)
    where not exists (select from answers a where a.part = p.part and a.is_permissive and a.holds)
    union all
    select a.part, a.name from answers a where not a.is_permissive and a.holds is not true
  )
  select r.name, exists (select from answers) as is_asked into _no from refusals r order by array_position(_parts, r.part), r.name nulls first limit 1;
  if found then
    if not _no.is_asked then
      execute format('select exists (select from %s where id = $1)', tbl) into _is_there using record_id;
      if not _is_there then
        return jsonb_build_object('may', false, 'because', 'there is no such record');
      end if;
    end if;
    return jsonb_build_object('may', false, 'because', private.refusal_in_words(_object, _no.name, action));
  end if;
  return jsonb_build_object('may', true, 'because', private.grant_in_words(_object, record_id, action));
end
$$;

comment on function private.decide(core.objects, regclass, text, uuid, text) is
  'The answer of private.why, under the claim that is made.';

create or replace function private.refusal_in_words(_object core.objects, policy text, action text) returns text
language sql stable
return case
  when policy is null then 'no policy lets him'
  when policy = 'deleters' then format('the record is deleted or would be, and no role of his has %s.delete', _object.name_plural)
  when policy in ('rows_read', 'rows_updated', 'rows_deleted', 'rows_destroyed') then format('no rule of his lets it in (%s)', coalesce((
    select string_agg(distinct format('%s %s: %s', o.name, r.name, r.printed), '; ')
    from core.row_rules r join core.roles o on o.id = r.role_id
    where r.object_id = _object.id and r.role_id = any (authz.role_ids())
      and case policy when 'rows_read' then 'read' when 'rows_deleted' then 'delete' when 'rows_destroyed' then 'destroy' else 'update' end = any (r.actions)),
    'he has none'))
  else format('policy %s', policy) end;

comment on function private.refusal_in_words(core.objects, text, text) is
  'Why a policy refuses a record to the caller.';

create or replace function private.grant_in_words(_object core.objects, record_id uuid, action text) returns text
language plpgsql stable
as $$
declare
  _rule record;
  _holds boolean;
begin
  if authz.is_conditional(_object.name_plural || '.' || action) then
    for _rule in
      select r.id, r.name, r.printed, r.predicate, o.name as role_name
      from core.row_rules r join core.roles o on o.id = r.role_id
      where r.object_id = _object.id and authz.has_rule(r.id::text, action) order by o.name, r.name
    loop
      execute format('select exists (select from %s where id = $1 and %s)', private.table_of(_object.id),
          private.compile_row_rule(_object.id, _rule.predicate, 'predicate')) into _holds using record_id;
      if _holds then
        return format('rule %s of the role %s: %s', _rule.name, _rule.role_name, _rule.printed);
      end if;
    end loop;
  end if;
  return coalesce((
    select format('the role %s has %s', r.name, p)
    from core.roles r, unnest(r.permissions) p
    where r.id = any (authz.role_ids()) and p in ('*', '*.' || action, _object.name_plural || '.' || action)
      and not exists (select from core.row_rules x where x.role_id = r.id and x.object_id = _object.id and action = any (x.actions))
    order by r.name, p limit 1), 'policies that are not Relata''s');
end
$$;

comment on function private.grant_in_words(core.objects, uuid, text) is
  'What opens a record to the caller: a role, or a rule of one.';
--! EndIncluded private/why.sql
--! Included core/access.sql
-- Who may do what with a record, and why, for whoever may know.

create or replace function core.access(object_name text, record_id uuid, holder_id uuid default null) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object core.objects := (
    select o from core.objects o where o.workspace_id = authz.workspace_id() and object_name in (o.name_singular, o.name_plural, o.id::text));
  _is_self boolean := coalesce(holder_id = authz.member_id(), holder_id is null);
  _caller_id uuid;
  _answers jsonb;
begin
  if not _is_self then
    perform authz.require_permission('roles');
    perform private.require_roles_manager();
  end if;
  _caller_id := case when holder_id is null then authz.user_id()
    else (select a.caller_id from private.access a where a.workspace_id = authz.workspace_id() and access.holder_id in (a.member_id, a.api_key_id)) end;
  if _object.id is null then
    perform private.fail('NTFND', 'There is no such object.', 'object');
  elsif _caller_id is null then
    perform private.fail('NTFND', 'There is no such member or API key.', 'memberId');
  end if;
  select jsonb_object_agg(a, private.why(_caller_id, _object.id, record_id, a)) into _answers from unnest('{read,update,delete,destroy}'::text[]) a;
  if _is_self and not (_answers -> 'read' -> 'may')::boolean and not authz.has_permission('roles') then
    -- Of what he does not see he does not learn that it is there.
    return jsonb_build_object('can', '{"read": false, "update": false, "delete": false, "destroy": false}'::jsonb,
      'because', jsonb_build_array('read: there is no such record, or it is not open to you'), 'hiddenFields', '[]'::jsonb, 'frozenFields', '[]'::jsonb);
  end if;
  return jsonb_build_object(
    'can', (select jsonb_object_agg(a, v -> 'may') from jsonb_each(_answers) x (a, v)),
    'because', (select jsonb_agg(format('%s: %s', a, v ->> 'because') order by array_position('{read,update,delete,destroy}', a)) from jsonb_each(_answers) x (a, v)))
    || private.fields_held_back(_caller_id, _object.id);
end
$$;

comment on function core.access(text, uuid, uuid) is
  'What a member or an API key (oneself, when none is named; others need roles) may do with a record, and what decides: {can: {read, update, delete, destroy}, because, hiddenFields, frozenFields}. Errors: NOT_FOUND, PERMISSION_DENIED.';
grant execute on function core.access(text, uuid, uuid) to relata_reader;

create or replace function private.fields_held_back(caller_id uuid, object_id uuid) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'hiddenFields', coalesce((select jsonb_agg(f.name order by f.name) from core.fields f where f.id = any (l.hidden) and f.object_id = fields_held_back.object_id), '[]'),
    'frozenFields', coalesce((select jsonb_agg(f.name order by f.name) from core.fields f where f.id = any (l.frozen) and f.object_id = fields_held_back.object_id), '[]'))
  from (select 1) one
  left join private.access a on a.workspace_id = authz.workspace_id() and a.caller_id = fields_held_back.caller_id
  left join private.field_limits l on l.workspace_id = a.workspace_id and l.fields_key = a.fields_key and a.request_role = 'relata_limited_' || l.slot
);

comment on function private.fields_held_back(uuid, uuid) is
  'The fields of an object that a member or an API key does not read, or does not write.';
--! EndIncluded core/access.sql
--! Included core/plan_access.sql
-- What a change of permissions would do: it is made, looked at, and taken back. Whom it
-- concerns is told by what private.access and the rules say before and after; for these the
-- records that they see are counted, by the policies themselves.

create or replace function private.seen_records(caller_id uuid, object_id uuid) returns uuid[]
language plpgsql
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _tbl regclass := private.table_of(object_id)::regclass;
  _role text;
  _ids uuid[];
begin
  begin
    select c.request_role into _role from authz.claim(caller_id, _workspace_id, null) c;
    execute (
      select format('select array_agg(x.id) from %s x where x.deleted_at is null and (%s) %s', _tbl,
        coalesce(string_agg(format('(%s)', p.expression), ' or ') filter (where p.is_permissive), 'false'),
        string_agg(format(' and (%s)', p.expression), '') filter (where not p.is_permissive))
      from private.policies_of(_tbl, _role, 'read') p) into _ids;
    -- The claim is taken back.
    raise exception using errcode = 'ROLLB';
  exception
    when sqlstate 'ROLLB' then null;
    when sqlstate 'LOGIN' or sqlstate 'SUSPD' then _ids := '{}';
  end;
  return coalesce(_ids, '{}');
end
$$;

comment on function private.seen_records(uuid, uuid) is
  'The living records of an object that a member or an API key sees.';

create or replace function private.sights(workspace_id uuid) returns jsonb
language sql stable
return (
  select coalesce(jsonb_object_agg(a.caller_id || ' ' || o.id, md5(concat_ws(' ',
           a.permissions && array['*', '*.read', o.name_plural || '.read'], o.name_plural || '.read' = any (a.conditions),
           (select string_agg(r.id || r.predicate::text, ',' order by r.id) from core.row_rules r
            where r.object_id = o.id and r.id || '.read' = any (a.rules))))), '{}')
  from private.access a join core.objects o on o.workspace_id = a.workspace_id
  where a.workspace_id = sights.workspace_id and o.is_active
);

comment on function private.sights(uuid) is
  'What decides which records of each object each caller sees, as a hash, by "caller object".';

create or replace function private.change_permissions(kind text, data jsonb) returns uuid
language plpgsql
as $$
begin
  return case kind
    when 'setRowRules' then core.set_row_rules((data ->> 'roleId')::uuid, (data ->> 'objectId')::uuid, data -> 'rules')
    when 'setFieldPermissions' then core.set_field_permissions((data ->> 'roleId')::uuid, data -> 'fields')
    when 'setObjectPermissions' then core.set_object_permissions((data ->> 'roleId')::uuid, data -> 'objects')
    when 'assignRoles' then core.assign_roles((data ->> 'holderId')::uuid, array(select jsonb_array_elements_text(data -> 'roleIds')::uuid))
    when 'updateRole' then core.update_role((data ->> 'id')::uuid, data - 'id') end;
end
$$;

comment on function private.change_permissions(text, jsonb) is
  'Makes one change of permissions, by its kind.';

create or replace function core.plan_access(kind text, data jsonb) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _before jsonb;
  _after jsonb;
  _pair record;
  _seen jsonb := '{}';
  _effects jsonb := '[]';
  _fields jsonb;
  _was uuid[];
  _is uuid[];
  _id uuid;
begin
  perform authz.require_permission('roles');
  _before := private.sights(_workspace_id);
  _fields := (select jsonb_object_agg(a.caller_id, a.fields_key) from private.access a where a.workspace_id = _workspace_id);
  -- Once to know whom it concerns, and once to see what they see then.
  begin
    perform private.change_permissions(kind, data);
    _after := private.sights(_workspace_id);
    raise exception using errcode = 'ROLLB';
  exception when sqlstate 'ROLLB' then null;
  end;
  for _pair in select b.key, split_part(b.key, ' ', 1)::uuid as caller_id, split_part(b.key, ' ', 2)::uuid as object_id
               from jsonb_each(_before) b where b.value is distinct from _after -> b.key order by b.key limit 500 loop
    _seen := _seen || jsonb_build_object(_pair.key, private.seen_records(_pair.caller_id, _pair.object_id));
  end loop;
  begin
    _id := private.change_permissions(kind, data);
    for _pair in select s.key, split_part(s.key, ' ', 1)::uuid as caller_id, split_part(s.key, ' ', 2)::uuid as object_id from jsonb_each(_seen) s loop
      _was := array(select jsonb_array_elements_text(_seen -> _pair.key)::uuid);
      _is := private.seen_records(_pair.caller_id, _pair.object_id);
      _effects := _effects || (
        select jsonb_build_object('holder', private.name_of_caller(_pair.caller_id), 'object', o.name_plural,
                 'appear', (select count(*) from (select unnest(_is) except select unnest(_was)) x),
                 'vanish', (select count(*) from (select unnest(_was) except select unnest(_is)) x))
        from core.objects o where o.id = _pair.object_id);
    end loop;
    select coalesce(jsonb_agg(private.name_of_caller(a.caller_id) order by private.name_of_caller(a.caller_id)), '[]') into _fields
      from private.access a where a.workspace_id = _workspace_id and to_jsonb(a.fields_key) is distinct from nullif(_fields -> a.caller_id::text, 'null');
    raise exception using errcode = 'ROLLB';
  exception when sqlstate 'ROLLB' then null;
  end;
  return jsonb_build_object('isPlan', true, 'id', _id, 'otherFields', _fields, 'records', (
    select coalesce(jsonb_agg(e order by e ->> 'object', e ->> 'holder'), '[]') from jsonb_array_elements(_effects) e));
end
$$;

comment on function core.plan_access(text, jsonb) is
  'What a change of permissions (setRowRules, setFieldPermissions, setObjectPermissions, assignRoles, updateRole) would do, made and taken back: {id, records: [{holder, object, appear, vanish}], otherFields: whose fields change}. Needs roles. Errors as for the change.';
grant execute on function core.plan_access(text, jsonb) to relata_reader;

create or replace function private.name_of_caller(caller_id uuid) returns text
language sql stable
return coalesce((select u.email from core.users u where u.id = caller_id), (select k.name from core.api_keys k where k.id = caller_id));

comment on function private.name_of_caller(uuid) is
  'The address of a member''s user, or the name of an API key.';
--! EndIncluded core/plan_access.sql
--! Included private/access_matrix.sql
-- Who may do what in a workspace, as a text that is the same as long as that is the same.

create or replace function private.access_matrix(workspace_id uuid) returns setof text
language sql stable
begin atomic
  with roles as (
    select r.* from core.roles r where r.workspace_id = access_matrix.workspace_id
  ), objects as (
    select o.* from core.objects o where o.workspace_id = access_matrix.workspace_id
  ), cells as (
    select r.id, r.name, o.name_plural, string_agg(case
             when not r.permissions && array['*', '*.' || a.action, o.name_plural || '.' || a.action] then '-'
             when exists (select from core.row_rules x where x.role_id = r.id and x.object_id = o.id and a.action = any (x.actions)) then lower(a.letter)
             else a.letter end, '' order by a.n) as may
    from roles r cross join objects o
    cross join (values (1, 'read', 'R'), (2, 'create', 'C'), (3, 'update', 'U'), (4, 'delete', 'D'), (5, 'destroy', 'X')) a (n, action, letter)
    group by r.id, r.name, o.name_plural
  ), lines (a, b, c, d, line) as (
    select '', 0, '', '', 'R read, C create, U update, D delete, X destroy; small: by rules; -: not'
    union all
    select r.name, 1, '', '', E'\n' || r.name || ': ' || coalesce(nullif(array_to_string(array(select p from unnest(r.permissions) p where p !~ '\.' order by p), ' '), ''), 'no settings')
    from roles r
    union all
    select c.name, 2, c.name_plural, '', format('  %s  %s', c.may, c.name_plural) from cells c
    union all
    select r.name, 3, o.name_plural, x.name, format('  rule %s.%s (%s): %s', o.name_plural, x.name, array_to_string(x.actions, ' '), x.printed)
    from core.row_rules x join roles r on r.id = x.role_id join objects o on o.id = x.object_id
    union all
    select r.name, 4, o.name_plural, f.name, format('  %s %s.%s', case when p.can_read then 'frozen' else 'hidden' end, o.name_plural, f.name)
    from core.field_permissions p join roles r on r.id = p.role_id join core.fields f on f.id = p.field_id join objects o on o.id = f.object_id
    union all
    select r.name, 5, coalesce(u.email, k.name), '', format('  held by %s', coalesce(u.email, 'the API key ' || k.name))
    from core.role_assignments s join roles r on r.id = s.role_id
    left join core.workspace_members m on m.id = s.member_id left join core.users u on u.id = m.user_id
    left join core.api_keys k on k.id = s.api_key_id
  )
  select l.line from lines l order by l.a collate "C", l.b, l.c collate "C", l.d collate "C", l.line collate "C";
end;

comment on function private.access_matrix(uuid) is
  'Who may do what in a workspace, role by role: objects, rules of rows, fields held back, holders. Lines in an order that only changes when rights do.';
--! EndIncluded private/access_matrix.sql
--! Included private/bi_logins.sql
-- Logins for BI tools and psql: a PostgreSQL role of its own for one workspace and one role,
-- which reads what that role reads. It is a member of nothing, so that no policy that asks
-- for claims, which a session can set as it likes, lets it through: what it may see stands
-- in policies of its own, whole. Roles are made by the administrator (src/commands/bi.ts).

create table if not exists private.bi_logins (
  login        name primary key check (login ~ '^bi_[a-z0-9_]{1,59}$'),
  workspace_id uuid not null references core.workspaces on delete cascade,
  role_id      uuid not null,
  built        text not null default '',
  created_at   timestamptz not null default now(),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade
);

create index if not exists bi_logins_workspace_id_role_id_idx on private.bi_logins (workspace_id, role_id);

comment on table private.bi_logins is
  'The logins of BI tools, each of one workspace and one role.';
comment on column private.bi_logins.built is
  'A hash of what it is granted; anew when that changes.';

create or replace function authz.bi_may(workspace_id uuid) returns boolean
language plpgsql stable
as $$
begin
  -- Its own time-out stands; a session that has lifted it reads nothing.
  if current_setting('statement_timeout')::interval not between '1ms' and '5 minutes' then
    raise exception using errcode = '42501', message = 'Statements of this login end after five minutes at most: reset statement_timeout.';
  end if;
  -- Not by authz.workspace_id(): the login has no way into that schema.
  return nullif(current_setting('relata.workspace_id', true), '')::uuid = bi_may.workspace_id;
end
$$;

comment on function authz.bi_may(uuid) is
  'Whether a login of a BI tool has kept to its workspace and its time-out. Elsewhere it sees nothing.';

create or replace function private.without_member(condition text) returns text
language sql immutable
-- A login is no member, whatever its session says.
return regexp_replace(regexp_replace(replace(condition, 'authz.member_id()', 'null::uuid'),
  'authz\.my\(''[a-z0-9_]+''\)', 'null::text', 'g'), 'authz\.colleagues\(''[a-z0-9_]+''\)', 'null::uuid[]', 'g');

comment on function private.without_member(text) is
  'A rule of rows as it is for who is no member.';

create or replace function private.bi_rights(_login private.bi_logins)
returns table (tbl text, columns text[], condition text)
language sql stable
begin atomic
  with recursive hidden (id) as (
    select p.field_id from core.field_permissions p where p.role_id = _login.role_id and not p.can_read
    union
    select u.id from hidden h, lateral (
      select d.id from private.uses_of_field(h.id) d where d.kind in ('formula', 'rollup')
      union all
      select x from unnest(private.with_other_sides(h.id)) x) u
  )
  select private.table_of(o.id),
         array(select distinct c from core.fields f, private.columns_of(f) c
               where f.object_id = o.id and f.is_active and f.type <> 'TS_VECTOR'
                 and not exists (select from private.columns_below(array(select h.id from hidden h)) b where b.object_id = o.id and b.name = c) order by c),
         format('(select authz.bi_may(%L))', o.workspace_id) || coalesce(' and (' || (
           select string_agg(private.without_member(private.compile_row_rule(o.id, x.predicate, 'predicate')), ' or ' order by x.id)
           from core.row_rules x where x.role_id = _login.role_id and x.object_id = o.id and 'read' = any (x.actions)) || ')', '')
  from core.objects o
  join core.roles r on r.id = _login.role_id
  where o.workspace_id = _login.workspace_id and o.is_active and r.permissions && array['*', '*.read', o.name_plural || '.read'];
end;

comment on function private.bi_rights(private.bi_logins) is
  'What a login of a BI tool may read: tables, columns, and which records.';

create or replace function private.build_bi(workspace_id uuid) returns void
language plpgsql
as $$
declare
  _login private.bi_logins;
  _built text;
begin
  for _login in select * from private.bi_logins l where l.workspace_id = build_bi.workspace_id loop
    _built := (select md5(string_agg(r::text, ';' order by r.tbl)) from private.bi_rights(_login) r);
    if _built is distinct from _login.built then
      perform private.lock_metadata(build_bi.workspace_id);
      perform private.close_bi(_login);
      perform private.run(format('grant select (%s) on %s to %I', (select string_agg(quote_ident(c), ', ') from unnest(r.columns) c), r.tbl, _login.login)),
              private.run(format('create policy %I on %s for select to %I using (%s)', _login.login, r.tbl, _login.login, r.condition))
        from private.bi_rights(_login) r where r.columns <> '{}';
      update private.bi_logins l set built = coalesce(_built, '') where l.login = _login.login;
    end if;
  end loop;
end
$$;

comment on function private.build_bi(uuid) is
  'Grants the logins of BI tools in a workspace what their roles read, when that has changed.';

create or replace function private.close_bi(_login private.bi_logins) returns void
language plpgsql
as $$
declare
  _tbl record;
begin
  for _tbl in
    select format('%I.%I', n.nspname, c.relname) as name, exists (select from pg_policy p where p.polrelid = c.oid and p.polname = _login.login) as has_policy
    from core.workspaces w join pg_namespace n on n.nspname in (w.schema_name, 'trash') join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
    where w.id = _login.workspace_id
      and (exists (select from pg_policy p where p.polrelid = c.oid and p.polname = _login.login)
        or exists (select from pg_attribute a, aclexplode(a.attacl) x where a.attrelid = c.oid and a.attacl is not null and x.grantee = to_regrole(_login.login::text)))
  loop
    perform private.run(format('revoke all on %s from %I', _tbl.name, _login.login));
    if _tbl.has_policy then
      perform private.run(format('drop policy %I on %s', _login.login, _tbl.name));
    end if;
  end loop;
end
$$;

comment on function private.close_bi(private.bi_logins) is
  'Takes from a login of a BI tool all that it has on a workspace''s tables.';

create or replace function private.open_bi(login name, role_name text) returns void
language plpgsql
as $$
declare
  _workspace core.workspaces := (select w from core.workspaces w where w.id = authz.workspace_id());
  _role_id uuid := (select r.id from core.roles r where r.workspace_id = authz.workspace_id() and r.name = open_bi.role_name);
begin
  if _role_id is null then
    perform private.fail('NTFND', 'There is no such role.', 'role');
  end if;
  insert into private.bi_logins (login, workspace_id, role_id) values (open_bi.login, _workspace.id, _role_id);
  perform private.run(format('grant usage on schema %I to %I', _workspace.schema_name, open_bi.login));
  perform private.run(format('grant execute on function authz.bi_may(uuid), authz.workspace_id() to %I', open_bi.login));
  perform private.build_bi(_workspace.id);
end
$$;

comment on function private.open_bi(name, text) is
  'Lets a PostgreSQL role that was made for it read what a role of this workspace reads.';

create or replace function private.drop_bi(login name) returns void
language plpgsql
as $$
declare
  _login private.bi_logins := (select l from private.bi_logins l where l.login = drop_bi.login and l.workspace_id = authz.workspace_id());
begin
  if _login.login is null then
    perform private.fail('NTFND', 'There is no such login.', 'login');
  end if;
  perform private.close_bi(_login);
  perform private.run(format('revoke all on schema %I from %I', (select w.schema_name from core.workspaces w where w.id = _login.workspace_id), _login.login));
  perform private.run(format('revoke all on function authz.bi_may(uuid), authz.workspace_id() from %I', _login.login));
  delete from private.bi_logins l where l.login = _login.login;
end
$$;

comment on function private.drop_bi(name) is
  'Takes from a login of a BI tool all that it has, so that the role can be dropped.';
--! EndIncluded private/bi_logins.sql

-- What records ask of the data model.
--! Included core/readable_columns.sql
-- What of a table whoever asks may read: merging and finding duplicates read whole
-- records, and a column that a DBA has revoked is not among them.

create or replace function core.readable_columns(tbl regclass) returns text
language sql stable
begin atomic
  select string_agg(format('%I', a.attname), ', ' order by a.attnum)
  from pg_catalog.pg_attribute a
  where a.attrelid = tbl and a.attnum > 0 and not a.attisdropped and has_column_privilege(tbl, a.attnum, 'select');
end;

comment on function core.readable_columns(regclass) is
  'The columns of a table that the caller may read, as they stand in a select.';
grant execute on function core.readable_columns(regclass) to relata_reader;
--! EndIncluded core/readable_columns.sql
--! Included core/merge_values.sql
-- What the one record becomes when several are merged: field by field, the first value
-- that is not empty, the preferred record's before the others'; and lists united. Which
-- columns belong together, and how lists unite, the field types declare (`goesWith` and
-- `unites`, told in db/README.md).

create or replace function core.part_column(_field core.fields, part text) returns text
language sql immutable
return _field.column_name || coalesce('_' || lower(regexp_replace(part, '([A-Z])', '_\1', 'g')), '');

comment on function core.part_column(core.fields, text) is
  'The column that holds a part of a field; without a part, the field''s own.';
grant execute on function core.part_column(core.fields, text) to relata_reader;

create or replace function core.merge_rules(object_id uuid)
returns table (columns text[], leads text[], is_key boolean, unites jsonb, max_values int)
language sql stable
begin atomic
  with parts as (
    select f as field, f.id, n, c.spec, c.spec ->> 'part' as part, t.settings
    from core.fields f
    join core.field_types t on t.name = f.type
    cross join jsonb_array_elements(t.columns) with ordinality c (spec, n)
    where f.object_id = merge_rules.object_id and f.column_name is not null and not f.is_system
      and f.type <> 'RELATION' and not f.settings ?| '{formula,rollup}'
  )
  -- A value, with the parts that mean nothing without it (an amount and its currency).
  select array_agg(core.part_column(p.field, p.part) order by p.n),
         array_agg(core.part_column(p.field, p.part)) filter (where not p.spec ? 'goesWith'),
         false, null::jsonb, null::int
  from parts p where not p.spec ? 'unites'
  group by p.id, coalesce(p.spec ->> 'goesWith', p.part)
  union all
  -- A list, and the value beside it that is the first of the list (primaryEmail).
  select array[core.part_column(p.field, p.part)], null, false,
         p.spec -> 'unites' || case jsonb_typeof(p.spec #> '{unites,of}')
           when 'string' then jsonb_build_object('of', core.part_column(p.field, p.spec #>> '{unites,of}'))
           when 'object' then jsonb_build_object('of', (
             select jsonb_object_agg(k, core.part_column(p.field, v)) from jsonb_each_text(p.spec #> '{unites,of}') x (k, v)))
           else '{}' end,
         coalesce(((p.field).settings ->> 'maxNumberOfValues')::int, (p.settings #>> '{maxNumberOfValues,default}')::int)
           - (p.spec -> 'unites' ? 'of')::int
  from parts p where p.spec ? 'unites'
  union all
  -- The keys of a relation, of which a morph field has several and sets one.
  select array_agg(r.column_name), array_agg(r.column_name), true, null, null
  from core.relations r
  where r.from_object_id = merge_rules.object_id and r.column_name is not null
  group by r.from_field_id;
end;

comment on function core.merge_rules(uuid) is
  'How records of an object are merged: columns that are taken from one record together, by the first of their `leads` that is not empty; and lists that are united.';
grant execute on function core.merge_rules(uuid) to relata_writer;

create or replace function core.is_filled(value_ jsonb) returns boolean
language sql immutable
return coalesce(value_, 'null') not in ('null', '""', '[]', '{}');

comment on function core.is_filled(jsonb) is
  'Whether a value says something: zero and false do, an empty text or list does not.';
grant execute on function core.is_filled(jsonb) to relata_writer;

create or replace function core.first_of_list(row_ jsonb, of_ jsonb) returns jsonb
language sql immutable
return case jsonb_typeof(of_)
  when 'string' then row_ -> (of_ #>> '{}')
  when 'object' then (select jsonb_object_agg(k, row_ -> v) from jsonb_each_text(of_) x (k, v))
end;

comment on function core.first_of_list(jsonb, jsonb) is
  'The value that stands beside a list (primaryEmail), in the form of the list''s own.';
grant execute on function core.first_of_list(jsonb, jsonb) to relata_writer;

create or replace function core.united_list(rows_ jsonb[], values_ jsonb, column_name text, unites jsonb, max_values int) returns jsonb
language sql immutable
return (
  with listed as (
    -- What stood beside the lists of the others is kept in the list.
    select core.first_of_list(r, unites -> 'of') as e, n, 0::bigint as m
    from unnest(rows_) with ordinality x (r, n) where unites ? 'of'
    union all
    select e, n, m
    from unnest(rows_) with ordinality x (r, n),
         jsonb_array_elements(case jsonb_typeof(r -> column_name) when 'array' then r -> column_name else '[]' end) with ordinality y (e, m)
  ), keyed as (
    select e, n, m, case when unites ? 'key' then e -> (unites ->> 'key') else e end as k from listed
  ), firsts as (
    select distinct on (k) e, n, m from keyed
    where core.is_filled(k)
      and k is distinct from case when unites ? 'key'
        then core.first_of_list(values_, unites -> 'of') -> (unites ->> 'key') else core.first_of_list(values_, unites -> 'of') end
    order by k, n, m
  )
  select coalesce(jsonb_agg(e order by n, m), rows_[1] -> column_name)
  from (select * from firsts order by n, m limit max_values) x
);

comment on function core.united_list(jsonb[], jsonb, text, jsonb, int) is
  'The lists of several records as one, each value once, in their order; at most as many as the field takes.';
grant execute on function core.united_list(jsonb[], jsonb, text, jsonb, int) to relata_writer;

create or replace function core.merged_values(object_id uuid, rows_ jsonb[]) returns jsonb
language plpgsql stable
as $$
declare
  _ids text[] := (select array_agg(r ->> 'id') from unnest(rows_) r);
  _values jsonb := rows_[1];
  _rule record;
  _row jsonb;
begin
  -- Lists come last: what stands beside them has been chosen then.
  for _rule in select * from core.merge_rules(merged_values.object_id) r order by r.unites is not null loop
    if _rule.unites is not null then
      _values := _values || jsonb_build_object(_rule.columns[1],
        core.united_list(rows_, _values, _rule.columns[1], _rule.unites, _rule.max_values));
      continue;
    end if;
    select r into _row from unnest(rows_) with ordinality x (r, n)
      -- Nothing belongs to itself: a key from one of these to another leads nowhere now.
      where exists (select from unnest(_rule.leads) c where core.is_filled(r -> c) and not (_rule.is_key and r ->> c = any (_ids)))
      order by n limit 1;
    if found or _rule.is_key then
      _values := _values || (select jsonb_object_agg(c, coalesce(_row -> c, 'null')) from unnest(_rule.columns) c);
    end if;
  end loop;
  return _values;
end
$$;

comment on function core.merged_values(uuid, jsonb[]) is
  'The columns of records, the preferred one first, as the one record that they become.';
grant execute on function core.merged_values(uuid, jsonb[]) to relata_writer;
--! EndIncluded core/merge_values.sql
--! Included core/merge_records.sql
-- Merging: one record takes what the others know, every key that points at the others
-- comes to point at it, and the others are deleted. All as whoever asks: his grants and
-- the policies decide about each table; what they would leave behind undoes the whole.

create or replace function core.keys_to(tbl regclass)
returns table (child regclass, column_name text, is_required boolean, is_single boolean, object_id uuid, is_link boolean)
language sql stable
begin atomic
  select c.conrelid::regclass, a.attname::text, a.attnotnull,
         -- One-to-one.
         exists (select from pg_catalog.pg_index i where i.indrelid = c.conrelid and i.indisunique and i.indnkeyatts = 1 and i.indkey[0] = a.attnum),
         o.id,
         -- A junction, and what else says nothing but that records belong together (noteTarget).
         o.id is not null and (
           exists (select from core.relations r where r.workspace_id = o.workspace_id and r.junction_object_id = o.id)
           or not exists (select from core.fields f where f.object_id = o.id and not f.is_system and f.type not in ('RELATION', 'MORPH_RELATION')))
  -- By what depends on the table, which has an index; the keys themselves have none by their target.
  from (select distinct d.objid from pg_catalog.pg_depend d
        where d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = keys_to.tbl
          and d.classid = 'pg_catalog.pg_constraint'::regclass) d
  join pg_catalog.pg_constraint c on c.oid = d.objid and c.contype = 'f' and c.confrelid = keys_to.tbl and cardinality(c.conkey) = 1
  join pg_catalog.pg_class t on t.oid = c.conrelid
  join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
  join pg_catalog.pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1] and b.attname = 'id'
  left join core.objects o on o.workspace_id = authz.workspace_id() and o.table_name = t.relname
  where t.relnamespace = (select p.relnamespace from pg_catalog.pg_class p where p.oid = keys_to.tbl)
  order by t.relname, a.attnum;
end;

comment on function core.keys_to(regclass) is
  'Every foreign key that the catalog knows to point at a table''s ids, whether metadata made it or not.';
grant execute on function core.keys_to(regclass) to relata_writer;

create or replace function core.drop_doubles(_key record, ids uuid[]) returns void
language plpgsql
as $$
declare
  -- A link is the same when all its keys are, seen with the merged records as one; a one-to-one when this key is.
  _keys text[] := case when _key.is_link then (
    select array_agg(distinct a.attname::text) from pg_catalog.pg_constraint c, pg_catalog.pg_attribute a
    where c.conrelid = _key.child and c.contype = 'f' and a.attrelid = c.conrelid and a.attnum = any (c.conkey)) else array[_key.column_name] end;
  _same text := (select string_agg(format('case when k.%1$I = any ($1) then $1[1] else k.%1$I end', c), ', ') from unnest(_keys) c);
  _loops text := (select string_agg(format('coalesce((k.%I = any ($1))::int, 0)', c), ' + ') from unnest(_keys) c);
begin
  -- The first stays, the preferred record's before all.
  execute format(
    'update %1$s set %2$s where id in (
       select id from (
         select k.id, row_number() over (partition by %3$s order by array_position($1, k.%4$I), k.id) as n, %5$s as met
         from %1$s k where k.%4$I = any ($1) and k.deleted_at is null) x
       where n > 1 or met > 1)',
    _key.child, case when _key.is_link or _key.is_required then 'deleted_at = now()' else format('%I = null', _key.column_name) end,
    _same, _key.column_name, _loops)
    using ids;
end
$$;

comment on function core.drop_doubles(record, uuid[]) is
  'Before a key is turned to the first of ids: deletes the links that would be there twice, or lead from a record to itself; and of a one-to-one lets all but the first go.';
grant execute on function core.drop_doubles(record, uuid[]) to relata_writer;

create or replace function core.is_pointed_at(object_id uuid, ids uuid[]) returns boolean
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object record;
  _key record;
  _found boolean;
begin
  select o.name_plural, format('%I.%I', w.schema_name, o.table_name)::regclass as tbl into strict _object
    from core.objects o join core.workspaces w on w.id = o.workspace_id
    where o.id = is_pointed_at.object_id and o.workspace_id = authz.workspace_id();
  perform authz.require_permission(_object.name_plural || '.delete');
  for _key in select * from core.keys_to(_object.tbl) loop
    execute format('select exists (select from %s where %I = any ($1))', _key.child, _key.column_name) into _found using ids;
    if _found then
      return true;
    end if;
  end loop;
  return false;
end
$$;

comment on function core.is_pointed_at(uuid, uuid[]) is
  'Whether any record points at these, also one that the caller does not see. Needs the permission to delete them.';
grant execute on function core.is_pointed_at(uuid, uuid[]) to relata_writer;

create or replace function core.merge_into_first(_object core.objects, ids uuid[]) returns jsonb
language plpgsql
as $$
declare
  _tbl regclass := (select format('%I.%I', w.schema_name, _object.table_name) from core.workspaces w where w.id = _object.workspace_id);
  _rows_sql text := format('select array_agg(to_jsonb(r) order by array_position($1, r.id)) from (select %s from %s) r where r.id = any ($1)',
    core.readable_columns(_tbl), _tbl);
  _rows jsonb[];
  _values jsonb;
  _changed text;
  _found int;
  _key record;
begin
  -- In the order of their ids, so that two who merge the same wait and do not block each other.
  execute format('select count(*) from (select from %s where id = any ($1) and deleted_at is null order by id for update) x', _tbl)
    into _found using ids;
  if _found <> cardinality(ids) then
    raise exception using errcode = 'NTFND', message = 'Not all of these records are there.', column = 'ids';
  end if;
  execute _rows_sql into _rows using ids;
  _values := core.merged_values(_object.id, _rows);

  -- The others go first: what is unique of theirs is free then.
  execute format('update %s set deleted_at = now() where id = any ($1)', _tbl) using ids[2:];
  select string_agg(format('%I', k), ', ') into _changed from jsonb_each(_values) x (k, v) where v is distinct from _rows[1] -> k;
  if _changed is not null then
    execute format('update %1$s set (%2$s) = (select %2$s from jsonb_populate_record(null::%1$s, $1)) where id = $2', _tbl, _changed)
      using _values, ids[1];
  end if;

  for _key in select * from core.keys_to(_tbl) loop
    if _key.is_link or _key.is_single and _key.object_id is not null then
      perform core.drop_doubles(_key, ids);
    end if;
    execute format('update %s set %2$I = $1[1] where %2$I = any ($1[2:])', _key.child, _key.column_name) using ids;
  end loop;
  if core.is_pointed_at(_object.id, ids[2:]) then
    raise exception using errcode = '42501', message = 'Records that you may not change belong to what you merge.';
  end if;
  execute _rows_sql into _rows using ids[1:1];
  return _rows[1];
end
$$;

comment on function core.merge_into_first(core.objects, uuid[]) is
  'Merges records into the first of them, and answers its columns.';
grant execute on function core.merge_into_first(core.objects, uuid[]) to relata_writer;

create or replace function core.merge_records(object text, ids uuid[], priority int, dry_run boolean default false) returns jsonb
language plpgsql
as $$
declare
  _object core.objects;
  _ordered uuid[] := ids[priority + 1] || array_remove(ids, ids[priority + 1]);
  _preview text;
begin
  if cardinality(ids) > 9 then
    raise exception using errcode = 'LIMIT', message = 'At most 9 records are merged at once.', column = 'ids';
  elsif cardinality(ids) < 2 or cardinality(ids) <> (select count(distinct i) from unnest(ids) i) then
    raise exception using errcode = 'INPUT', message = 'Merging takes 2 records or more, each named once.', column = 'ids';
  elsif priority < 0 or priority >= cardinality(ids) then
    raise exception using errcode = 'INPUT', message = format('The preferred record is one of the ids, counted from 0 to %s.', cardinality(ids) - 1),
      column = 'conflictPriorityIndex';
  end if;
  select * into strict _object from core.objects o where o.workspace_id = authz.workspace_id() and o.name_singular = merge_records.object;
  perform authz.require_permission(_object.name_plural || '.update'), authz.require_permission(_object.name_plural || '.delete');

  if not dry_run then
    return core.merge_into_first(_object, _ordered);
  end if;
  begin
    -- For real, and then undone: what leaves this block is only the answer.
    raise sqlstate 'PLANX' using message = 'planned', detail = core.merge_into_first(_object, _ordered)::text;
  exception when sqlstate 'PLANX' then
    get stacked diagnostics _preview = pg_exception_detail;
  end;
  return _preview::jsonb || jsonb_build_object('id', authz.uuid_v7(), 'deleted_at', now());
end
$$;

comment on function core.merge_records(text, uuid[], int, boolean) is
  'Merges 2 to 9 records of an object into the one at `priority` (from 0), and answers its columns. A dry run does it for real and takes it back; its answer has an id of its own. Errors: BAD_INPUT, LIMIT_EXCEEDED, NOT_FOUND, PERMISSION_DENIED, and those of writing.';
grant execute on function core.merge_records(text, uuid[], int, boolean) to relata_writer;
--! EndIncluded core/merge_records.sql
--! Included core/find_duplicates.sql
-- Which records are alike, by what the object's duplicateCriteria say: lists of fields,
-- of which one has to agree in all its fields. One statement for all that is asked for:
-- for each list the planner takes an index where there is one, and else reads once.

create or replace function core.duplicate_conditions(_object core.objects) returns setof text
language sql stable
begin atomic
  with parts as (
    select g.n as place, c.spec ? 'goesWith' as is_companion, case when c.spec is not null then format('%I', core.part_column(f, c.spec ->> 'part')) end as name,
           c.spec ->> 'type' = 'text' and f.options is null as is_text,
           -- As the field's own index has it, if it is unique.
           case when coalesce((f.settings ->> 'isCaseInsensitive')::boolean, false) then 'lower(%s.%s)' else '%s.%s' end as form
    from jsonb_array_elements(_object.duplicate_criteria) with ordinality g (names, n)
    cross join jsonb_array_elements_text(g.names) n (name)
    left join core.fields f on f.object_id = _object.id and f.name = n.name and f.column_name is not null
    left join core.field_types t on t.name = f.type
    -- What makes a value unique: of emails the first, of a name both parts.
    left join lateral (select spec from jsonb_array_elements(t.columns) x (spec)
                       where coalesce((spec ->> 'isUnique')::boolean, not spec ? 'part')) c on true
  )
  select string_agg(case
      when is_companion then format('%s is not distinct from %s', format(form, 'c', name), format(form, 'i', name))
      else format('%s = %s', format(form, 'c', name), format(form, 'i', name)) || case when is_text then format(' and length(i.%s) >= 3', name) else '' end
    end, ' and ')
  from parts
  group by place
  -- A field that holds nothing to compare tells nothing.
  having bool_and(name is not null)
  order by place;
end;

comment on function core.duplicate_conditions(core.objects) is
  'What must hold of a record c to be a duplicate of i, a condition for each of the object''s lists of fields. Short texts are no sign.';
grant execute on function core.duplicate_conditions(core.objects) to relata_reader;

create or replace function core.find_duplicates(object text, ids uuid[], data jsonb) returns jsonb
language plpgsql stable
as $$
declare
  _object core.objects;
  _tbl regclass;
  _missing int;
  _inputs jsonb := data;
  _found jsonb;
begin
  select * into strict _object from core.objects o where o.workspace_id = authz.workspace_id() and o.name_singular = find_duplicates.object;
  _tbl := (select format('%I.%I', w.schema_name, _object.table_name) from core.workspaces w where w.id = _object.workspace_id);
  if ids is not null then
    execute format(
      'select jsonb_agg(to_jsonb(r) order by n), min(n) filter (where r.id is null)
       from unnest($1) with ordinality i (id, n) left join (select %s from %s where deleted_at is null) r using (id)', core.readable_columns(_tbl), _tbl)
      into _inputs, _missing using ids;
    if _missing is not null then
      raise exception using errcode = 'NTFND', message = 'There is no such record.', column = 'ids.' || _missing - 1;
    end if;
  end if;
  execute coalesce((
    select format(
      'select jsonb_agg(coalesce(f.ids, ''[]'') order by n)
       from generate_series(1, jsonb_array_length($1)) n
       left join (select n, jsonb_agg(distinct id) as ids from (%s) x group by n) f using (n)',
      string_agg(format(
        'select i.n, c.id from (
           select n::int, p.* from jsonb_array_elements($1) with ordinality e (v, n), jsonb_populate_record(null::%1$s, v) p) i
         join %1$s c on %2$s and c.deleted_at is null and c.id is distinct from i.id', _tbl, condition), ' union all '))
    from core.duplicate_conditions(_object) condition having count(*) > 0),
    'select jsonb_agg(jsonb ''[]'') from jsonb_array_elements($1)')
    into _found using _inputs;
  return coalesce(_found, '[]');
end
$$;

comment on function core.find_duplicates(text, uuid[], jsonb) is
  'For each of the records named by their ids, or else for each of those in data (by columns, also not yet there), the list of ids of the records that it may double. Errors: NOT_FOUND, with the place of the id.';
grant execute on function core.find_duplicates(text, uuid[], jsonb) to relata_reader;
--! EndIncluded core/find_duplicates.sql

-- The data model as a document.
--! Included private/model_values.sql
-- What a model may say of objects and fields, what they are when it says nothing, and
-- what of one is worth saying.

create or replace function private.values_of(row_ jsonb, plain jsonb) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_object_agg(k, row_ -> private.snake_case(k)), '{}')
  from jsonb_object_keys(plain) k where row_ ? private.snake_case(k)
);

comment on function private.values_of(jsonb, jsonb) is
  'Of a row, the columns that a model may set: those that plain names, in camelCase.';

create or replace function private.plain_object(name_singular text, name_plural text) returns jsonb
language sql immutable
return jsonb_build_object(
  'namePlural', null, 'labelSingular', private.words(name_singular), 'labelPlural', private.words(name_plural),
  'description', '', 'icon', '', 'isActive', true, 'labelField', 'name', 'searchFields', '["name"]'::jsonb,
  'imageField', null, 'isSearchable', true, 'isLabelSyncedWithName', false, 'shortcut', null, 'color', null,
  'duplicateCriteria', null);

comment on function private.plain_object(text, text) is
  'What a custom object is when nobody says otherwise; also the list of what a model may say of an object.';

create or replace function private.plain_field(name text) returns jsonb
language sql immutable
return jsonb_build_object(
  'type', null, 'label', private.words(name), 'description', '', 'icon', '', 'isActive', true, 'isNullable', true,
  'isUnique', false, 'defaultValue', null, 'settings', '{}'::jsonb, 'options', null,
  'isUiEditable', true, 'isLabelSyncedWithName', false);

comment on function private.plain_field(text) is
  'What a custom field is when nobody says otherwise; also the list of what a model may say of a field.';

create or replace function private.brief_options(options jsonb) returns jsonb
language sql immutable
return coalesce((
  select jsonb_agg(
    case when o = jsonb_build_object('value', o -> 'value') then o -> 'value' else o end order by n)
  from (
    select n, jsonb_strip_nulls(jsonb_build_object(
      'value', o -> 'value',
      'label', nullif(coalesce(o -> 'label', 'null'), to_jsonb(private.words(lower(o ->> 'value')))),
      'color', nullif(coalesce(o -> 'color', 'null'), '"gray"')))
    from jsonb_array_elements(nullif(options, 'null')) with ordinality x (o, n)
  ) y (n, o)
), 'null');

comment on function private.brief_options(jsonb) is
  'Options as a model writes them: by their value alone, unless they have a label or a colour of their own.';

create or replace function private.differing_relation(value_ jsonb, baseline jsonb) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_object_agg(v.key, v.value), '{}')
  from jsonb_each(value_) v where v.value is distinct from coalesce(baseline -> v.key, 'null')
);

comment on function private.differing_relation(jsonb, jsonb) is
  'The keys of a relation that are not as in its baseline.';

create or replace function private.differing(value_ jsonb, baseline jsonb) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_object_agg(v.key, case v.key
           when 'relation' then private.differing_relation(v.value, coalesce(baseline -> 'relation', '{}')) else v.value end), '{}')
  from jsonb_each(value_) v
  where v.value is distinct from coalesce(baseline -> v.key, 'null')
    and not (v.key = 'relation' and private.differing_relation(v.value, coalesce(baseline -> 'relation', '{}')) = '{}')
);

comment on function private.differing(jsonb, jsonb) is
  'The keys of an object or a field that are not as in its baseline.';
--! EndIncluded private/model_values.sql
--! Included private/model_field.sql
-- A field in the model, and the relation that it is: told once, at the side that it
-- points from, with what the field on the other side is called.

create or replace function private.model_relation(_relation core.relations) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'targetObject', o.name_singular, 'type', _relation.type, 'onDelete', _relation.on_delete,
    'targetFieldName', f.name, 'targetFieldLabel', f.label, 'targetFieldIcon', f.icon,
    'targetFieldDescription', f.description, 'targetFieldIsActive', f.is_active)
    || coalesce((select jsonb_build_object('junctionName', j.name_singular, 'junctionNamePlural', j.name_plural)
                 from core.objects j where j.id = _relation.junction_object_id), '{}')
  from core.objects o, core.fields f where o.id = _relation.to_object_id and f.id = _relation.to_field_id
);

comment on function private.model_relation(core.relations) is
  'What a model says of a relation, whole.';

create or replace function private.plain_relation(_relation core.relations) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'type', 'MANY_TO_ONE', 'onDelete', case _relation.type when 'MANY_TO_MANY' then 'CASCADE' else 'SET_NULL' end,
    'targetFieldLabel', private.words(f.name), 'targetFieldIcon', '', 'targetFieldDescription', '', 'targetFieldIsActive', true,
    'junctionName', o.name_singular || private.upper_first(t.name_singular),
    'junctionNamePlural', coalesce(
      (select j.name_singular || 's' from core.objects j
       where j.id = _relation.junction_object_id
         and j.name_singular <> o.name_singular || private.upper_first(t.name_singular)),
      o.name_singular || private.upper_first(t.name_plural)))
  from core.objects o, core.objects t, core.fields f
  where o.id = _relation.from_object_id and t.id = _relation.to_object_id and f.id = _relation.to_field_id
);

comment on function private.plain_relation(core.relations) is
  'What a relation is when nobody says otherwise.';

create or replace function private.model_relations(_field core.fields) returns jsonb
language sql stable
return (
  select case _field.type when 'MORPH_RELATION' then jsonb_build_object('targets', jsonb_agg(
           private.differing_relation(private.model_relation(r), private.plain_relation(r)) order by o.name_singular))
         else jsonb_agg(private.model_relation(r)) -> 0 end
  from core.relations r join core.objects o on o.id = r.to_object_id
  where r.from_field_id = _field.id
);

comment on function private.model_relations(core.fields) is
  'What a model says of a field''s relation; of a morph field, of each of its targets.';

create or replace function private.standard_field(_field core.fields, definition jsonb) returns jsonb
language sql stable
return (
  select spec from (
    select f as spec from jsonb_array_elements(definition -> 'fields') f where not _field.is_system
    union all select r from jsonb_array_elements(definition -> 'relations') r where not _field.is_system
    union all select s from jsonb_array_elements(private.system_fields()) s where _field.is_system
  ) x
  where spec ->> 'name' = _field.name
  limit 1
);

comment on function private.standard_field(core.fields, jsonb) is
  'How a field is defined, when Relata brought it; null otherwise.';

create or replace function private.model_field(_field core.fields, definition jsonb) returns jsonb
language plpgsql stable
as $$
declare
  _plain jsonb := private.plain_field(_field.name);
  _own jsonb := private.values_of(to_jsonb(_field), _plain);
  _spec jsonb := private.standard_field(_field, definition);
  _relation core.relations;
  _baseline jsonb := _plain;
begin
  -- A choice that the type itself has (the stars of a RATING) is no field's.
  _own := _own || jsonb_build_object('options', (
    select case when t.options = '[]' then private.brief_options(_field.options) end
    from core.field_types t where t.name = _field.type));
  if _field.type in ('RELATION', 'MORPH_RELATION') then
    select * into _relation from core.relations r where r.from_field_id = _field.id limit 1;
    _plain := _plain || jsonb_build_object('relation', private.plain_relation(_relation));
    -- A relation is unique, and has an index, by its type.
    _own := _own - array['isUnique', 'defaultValue', 'options'] || jsonb_build_object('relation', private.model_relations(_field));
    _baseline := _plain;
  end if;
  if _field.is_system then
    -- What it is called is all that may change.
    _baseline := _own || jsonb_build_object('label', coalesce(_spec -> 'label', _plain -> 'label'), 'description', '', 'icon', '');
    if _own ? 'relation' then
      _baseline := _baseline || jsonb_build_object('relation', (_own -> 'relation') || (
        select jsonb_object_agg(k, v) from jsonb_each(_plain -> 'relation') x (k, v) where k like 'targetField%'));
    end if;
  elsif not _field.is_custom then
    _baseline := _plain || coalesce((select jsonb_object_agg(k, v) from jsonb_each(_spec) x (k, v) where _plain ? k), '{}')
      || jsonb_build_object('options', private.brief_options(_spec -> 'options'));
    if _own ? 'relation' then
      _baseline := _baseline || jsonb_build_object('type', 'RELATION', 'relation', (_plain -> 'relation') || _spec);
    end if;
  end if;
  return jsonb_build_object('id', _field.id, 'isCustom', _field.is_custom, 'isSystem', _field.is_system,
    'values', _own, 'baseline', _baseline, 'optionIds', (
      select jsonb_object_agg(o ->> 'value', o -> 'id') from jsonb_array_elements(_field.options) o));
end
$$;

comment on function private.model_field(core.fields, jsonb) is
  'A field in the model: {id, isCustom, isSystem, values, baseline, optionIds}.';
--! EndIncluded private/model_field.sql
--! Included private/overrides.sql
-- What a workspace calls a standard object or field otherwise (its overrides), and how
-- it goes back to what the standard says.

create or replace function private.standard_object_values(_object core.objects) returns jsonb
language sql stable
return (
  select jsonb_object_agg(k, v)
  from jsonb_each(private.plain_object(_object.name_singular, _object.name_plural)
                  || coalesce((select d.definition from private.standard_objects d where d.name = _object.name_singular), '{}')) x (k, v)
  where k in ('labelSingular', 'labelPlural', 'description', 'icon', 'color', 'shortcut')
);

comment on function private.standard_object_values(core.objects) is
  'What the standard says of an object: {labelSingular, labelPlural, description, icon, color, shortcut}.';

create or replace function private.standard_field_values(_field core.fields) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'label', coalesce(s.spec ->> 'label', s.inverse ->> 'targetFieldLabel', private.words(_field.name)),
    'description', coalesce(s.spec ->> 'description', ''),
    'icon', coalesce(s.spec ->> 'icon', s.inverse ->> 'targetFieldIcon', ''))
  from (
    select
      (select private.standard_field(_field, d.definition)
       from core.objects o left join private.standard_objects d on d.name = o.name_singular where o.id = _field.object_id) as spec,
      -- The other side of a relation is told where the relation is.
      (select private.standard_field(f, d.definition)
       from core.relations r join core.fields f on f.id = r.from_field_id join core.objects o on o.id = f.object_id
       join private.standard_objects d on d.name = o.name_singular where r.to_field_id = _field.id) as inverse
  ) s
);

comment on function private.standard_field_values(core.fields) is
  'What the standard says of a field: {label, description, icon}.';

create or replace function private.with_overrides(data jsonb, overridden jsonb, standard jsonb) returns jsonb
language plpgsql
as $$
declare
  _given jsonb := data -> 'standardOverrides';
  _value record;
begin
  if _given is null then
    return data;
  elsif standard is null then
    perform private.fail('INPUT', 'That is of your own making: no standard says what it is called.', 'data.standardOverrides');
  elsif jsonb_typeof(_given) not in ('object', 'null') then
    perform private.fail('INPUT', 'standardOverrides is an object, or null for none.', 'data.standardOverrides');
  elsif _given = 'null' then
    select coalesce(jsonb_object_agg(k, null), '{}') into _given from jsonb_object_keys(coalesce(overridden, '{}')) k;
  end if;
  for _value in select k as key, v as value from jsonb_each(_given) x (k, v) loop
    if not standard ? _value.key then
      perform private.fail('INPUT', format('%s is nothing that a standard says.', _value.key), 'data.standardOverrides.' || _value.key);
    elsif jsonb_typeof(_value.value) not in ('string', 'null') then
      perform private.fail('INPUT', format('%s is a text, or null for what the standard says.', _value.key), 'data.standardOverrides.' || _value.key);
    end if;
    data := data || jsonb_build_object(_value.key, case _value.value when 'null' then standard -> _value.key else _value.value end);
  end loop;
  return data - 'standardOverrides';
end
$$;

comment on function private.with_overrides(jsonb, jsonb, jsonb) is
  'A change''s data with what its standardOverrides say ({icon: null} for what the standard says, null for all of them) as the values they stand for.';

create or replace function private.overrides(_old jsonb, data jsonb, standard jsonb) returns jsonb
language sql immutable
return (
  select jsonb_object_agg(k, v)
  from jsonb_each(coalesce(_old, '{}') || coalesce((
    select jsonb_object_agg(d.key, d.value) from jsonb_each(data) d
    -- A null leaves a text as it is; it is a value of what may be missing.
    where standard ? d.key and (d.value <> 'null' or d.key in ('color', 'shortcut'))), '{}')) x (k, v)
  where v is distinct from standard -> k
);

comment on function private.overrides(jsonb, jsonb, jsonb) is
  'What a workspace calls a standard object or field otherwise, after another change: what is as the standard says is no override; null when there is none, and for custom ones.';
--! EndIncluded private/overrides.sql
--! Included private/model_rules.sql
-- The rules and the indexes of an object in the model. Their ids are for src/model to
-- name them by, and in no file.

create or replace function private.model_rules(object_id uuid) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_object_agg(r.name, jsonb_build_object(
    'id', r.id,
    'values', jsonb_build_object('message', r.message, 'expression', r.expression, 'onlyNewRecords', r.only_new_records),
    'baseline', jsonb_build_object('message', 'The record breaks a rule.', 'onlyNewRecords', false))), '{}')
  from core.rules r where r.object_id = model_rules.object_id;
end;

comment on function private.model_rules(uuid) is
  'An object''s rules: {name: {id, values, baseline}}.';

create or replace function private.model_index(_index core.indexes) returns jsonb
language sql stable
begin atomic
  select jsonb_build_object('fields', (
      select jsonb_agg(concat_ws('.', f.name, i ->> 'part') order by n)
      from jsonb_array_elements(_index.fields) with ordinality x (i, n) join core.fields f on f.id = (i ->> 'fieldId')::uuid))
    || case when _index.type <> 'BTREE' then jsonb_build_object('type', _index.type) else '{}' end
    || case when _index.is_unique then '{"isUnique": true}'::jsonb else '{}' end;
end;

comment on function private.model_index(core.indexes) is
  'What a model says of an index: {fields: [name, or name.part], type, isUnique}.';

create or replace function private.model_indexes(object_id uuid) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'values', private.model_index(i)) order by private.model_index(i)::text collate "C"), '[]')
  from core.indexes i where i.object_id = model_indexes.object_id and i.is_custom;
end;

comment on function private.model_indexes(uuid) is
  'An object''s indexes that somebody asked for: [{id, values}], in an order that follows from what they are.';
--! EndIncluded private/model_rules.sql
--! Included private/model_views.sql
-- The shared views of an object in the model: fields by their names, everything in its
-- order, and no ids. A member's own views are no part of it, nor is a view whose filters
-- name records: it is about these, and stays with them.

create or replace function private.model_view_fields(view_id uuid, group_id uuid) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_agg(
    case when x.is_visible and x.size = 0 and x.aggregate_operation is null then to_jsonb(f.name)
    else jsonb_strip_nulls(jsonb_build_object('field', f.name, 'isVisible', case when not x.is_visible then false end,
           'size', nullif(x.size, 0), 'aggregateOperation', x.aggregate_operation)) end
    order by x.position, f.name collate "C"), '[]')
  from core.view_fields x
  join core.fields f on f.id = x.field_id
  left join core.view_field_groups g on g.id = x.view_field_group_id and g.deleted_at is null
  where x.view_id = model_view_fields.view_id and x.deleted_at is null and g.id is not distinct from group_id;
end;

comment on function private.model_view_fields(uuid, uuid) is
  'The fields that a view has under a heading, or under none: a name, or {field, isVisible, size, aggregateOperation}.';

create or replace function private.model_view_filters(view_id uuid, group_id uuid) returns jsonb
language plpgsql stable
as $$
declare
  _filters jsonb;
  _groups jsonb;
begin
  select coalesce(jsonb_agg(y.said order by y.place nulls last, y.said::text collate "C"), '[]') into _filters
    from (
      select x.position_in_view_filter_group as place,
             jsonb_strip_nulls(jsonb_build_object('field', f.name, 'subFieldName', x.sub_field_name, 'operand', x.operand))
               || case when x.value = '""' then '{}' else jsonb_build_object('value', x.value) end as said
      from core.view_filters x join core.fields f on f.id = x.field_id
      where x.view_id = model_view_filters.view_id and x.deleted_at is null and x.view_filter_group_id is not distinct from group_id
    ) y;
  select coalesce(jsonb_agg(y.said order by y.place, y.said::text collate "C"), '[]') into _groups
    from (
      select g.position as place, jsonb_build_object('logicalOperator', g.logical_operator) || private.model_view_filters(g.view_id, g.id) as said
      from core.view_filter_groups g
      where g.view_id = model_view_filters.view_id and g.deleted_at is null and g.parent_view_filter_group_id is not distinct from group_id
    ) y;
  return case when _filters <> '[]' or group_id is null then jsonb_build_object('filters', _filters) else '{}' end
    || case when _groups <> '[]' or group_id is null then jsonb_build_object('filterGroups', _groups) else '{}' end;
end
$$;

comment on function private.model_view_filters(uuid, uuid) is
  'The filters of a view in a group, or in none, and the groups inside of it: {filters, filterGroups: [{logicalOperator, filters, filterGroups}]}.';

create or replace function private.model_view(_view core.views) returns jsonb
language sql stable
return jsonb_build_object(
  'name', _view.name, 'key', _view.key, 'type', _view.type, 'icon', _view.icon, 'isCompact', _view.is_compact,
  'shouldHideEmptyGroups', _view.should_hide_empty_groups, 'openRecordIn', _view.open_record_in,
  'kanbanAggregateOperation', _view.kanban_aggregate_operation,
  'kanbanAggregateOperationField', (select f.name from core.fields f where f.id = _view.kanban_aggregate_operation_field_id),
  'mainGroupByField', (select f.name from core.fields f where f.id = _view.main_group_by_field_id),
  'calendarLayout', _view.calendar_layout,
  'calendarField', (select f.name from core.fields f where f.id = _view.calendar_field_id),
  'anyFieldFilterValue', _view.any_field_filter_value,
  'fields', private.model_view_fields(_view.id, null),
  'fieldGroups', (
    select coalesce(jsonb_agg(jsonb_build_object('name', y.name, 'fields', y.fields) || case when y.is_visible then '{}' else '{"isVisible": false}'::jsonb end
                              order by y.position, y.name collate "C", y.fields::text collate "C"), '[]')
    from (select g.*, private.model_view_fields(_view.id, g.id) as fields
          from core.view_field_groups g where g.view_id = _view.id and g.deleted_at is null) y),
  'sorts', (
    select coalesce(jsonb_agg(case x.direction when 'ASC' then to_jsonb(f.name) else jsonb_build_object('field', f.name, 'direction', x.direction) end
                              order by x.position, f.name collate "C"), '[]')
    from core.view_sorts x join core.fields f on f.id = x.field_id where x.view_id = _view.id and x.deleted_at is null),
  'groups', (
    select coalesce(jsonb_agg(case when x.is_visible then to_jsonb(x.field_value) else jsonb_build_object('value', x.field_value, 'isVisible', false) end
                              order by x.position, x.field_value collate "C"), '[]')
    from core.view_groups x where x.view_id = _view.id and x.deleted_at is null)
) || private.model_view_filters(_view.id, null);

comment on function private.model_view(core.views) is
  'All that a model says of a view.';

create or replace function private.plain_index_fields(_object core.objects) returns jsonb
language sql stable
return (
  -- A standard object's relations come once it stands.
  select coalesce(jsonb_agg(f.name order by f.name <> _object.label_field, f.type = 'RELATION', f.name = 'createdAt', f.id), '[]')
  from core.fields f
  where f.object_id = _object.id
    and (f.name in ('createdAt', _object.label_field) or not f.is_custom and not f.is_system)
);

comment on function private.plain_index_fields(core.objects) is
  'The fields that an object''s index view has before anybody adds one, or moves one.';

create or replace function private.plain_view(_view core.views) returns jsonb
language sql stable
return '{"type": "TABLE", "icon": "", "isCompact": false, "shouldHideEmptyGroups": false, "openRecordIn": "SIDE_PANEL", "fields": [], "fieldGroups": [],
         "filters": [], "filterGroups": [], "sorts": [], "groups": []}'::jsonb
  || case _view.type
       when 'CALENDAR' then '{"calendarLayout": "MONTH"}'
       when 'KANBAN' then jsonb_build_object('groups', (
         select f.options_ || case when f.is_nullable then '[""]'::jsonb else '[]' end
         from (select g.is_nullable, jsonb_path_query_array(g.options, '$[*].value') as options_
               from core.fields g where g.id = _view.main_group_by_field_id) f))
       else '{}' end::jsonb
  || case when _view.key is null then '{}' else (
       select jsonb_build_object('fields', private.plain_index_fields(o),
         'name', left('All ' || coalesce(d.definition ->> 'labelPlural', case when o.is_custom then o.label_plural else private.words(o.name_plural) end), 255),
         'icon', coalesce(case when o.is_custom then o.icon else d.definition ->> 'icon' end, ''))
       from core.objects o left join private.standard_objects d on d.name = o.name_singular and not o.is_custom
       where o.id = _view.object_id) end;

comment on function private.plain_view(core.views) is
  'What a view of that type is when nobody says otherwise; of an index view, as it comes with its object.';

create or replace function private.model_views(object_id uuid) returns jsonb
language sql stable
return (
  select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'values', x.said, 'baseline', x.plain)
                            order by x.key nulls last, x.position, x.name collate "C", x.said::text collate "C"), '[]')
  from (
    select v.id, v.key, v.position, v.name, private.model_view(v) as said, private.plain_view(v) as plain
    from core.views v
    where v.object_id = model_views.object_id and v.visibility = 'WORKSPACE' and v.deleted_at is null
      and not exists (select from core.view_filters f where f.view_id = v.id and f.deleted_at is null
                        and f.value::text ~* '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
  ) x
);

comment on function private.model_views(uuid) is
  'An object''s shared views: [{id, values, baseline}], the index view first, the others in their order.';

create or replace function private.export_views(views jsonb) returns jsonb
language sql immutable
return (
  select jsonb_agg(case when v -> 'values' ->> 'key' is null
           then private.differing(v -> 'values', (v -> 'baseline') - 'name')
           -- The fields of an index view that somebody arranged are told whole.
           else jsonb_build_object('fields', v -> 'values' -> 'fields') || private.differing(v -> 'values', v -> 'baseline') end order by n)
  from jsonb_array_elements(views) with ordinality x (v, n)
  where v -> 'values' ->> 'key' is null or private.differing((v -> 'values') - 'key', v -> 'baseline') <> '{}'
);

comment on function private.export_views(jsonb) is
  'The views of private.model_views as they are exported; null when there is nothing to say.';
--! EndIncluded private/model_views.sql
--! Included private/model_of.sql
-- A workspace's data model without ids and times: what each object and field is, beside
-- what it is when nobody says otherwise (the baseline: of a standard one, its
-- definition). What differs is what core.export_model tells and what a model sets.

create or replace function private.model_object(_object core.objects) returns jsonb
language sql stable
return (
  select jsonb_build_object('id', _object.id, 'isCustom', _object.is_custom, 'isSystem', _object.is_system, 'values', v.own, 'baseline',
    case
      when d.definition is not null then
        p.plain || (select jsonb_object_agg(k, val) from jsonb_each(d.definition) x (k, val) where p.plain ? k)
      -- Made for other objects: its keys and its name follow from theirs.
      when _object.is_system then v.own || jsonb_build_object('labelSingular', p.plain -> 'labelSingular', 'labelPlural', p.plain -> 'labelPlural', 'icon', '')
      else p.plain
    end,
    'fields', (
      select coalesce(jsonb_object_agg(f.name, private.model_field(f, d.definition)), '{}')
      from core.fields f
      where f.object_id = _object.id and not exists (select from core.relations r where r.to_field_id = f.id)),
    'rules', private.model_rules(_object.id), 'indexes', private.model_indexes(_object.id),
    'views', private.model_views(_object.id))
  from (select private.plain_object(_object.name_singular, _object.name_plural) as plain) p
  cross join lateral (select private.values_of(to_jsonb(_object), p.plain) as own) v
  left join private.standard_objects d on d.name = _object.name_singular and not _object.is_custom
);

comment on function private.model_object(core.objects) is
  'An object in the model: {id, isCustom, isSystem, values, baseline, fields, rules, indexes, views}. A relation stands among the fields of the side that it points from.';

create or replace function private.model_of(workspace_id uuid) returns jsonb
language sql stable
return jsonb_build_object('objects', (
  select coalesce(jsonb_object_agg(o.name_singular, private.model_object(o)), '{}')
  from core.objects o where o.workspace_id = model_of.workspace_id));

comment on function private.model_of(uuid) is
  'The data model of a workspace, whole: what src/model compares a file with.';
--! EndIncluded private/model_of.sql
--! Included core/export_model.sql
-- The data model of the caller's workspace as a document that another workspace can be
-- given (npm run relata -- model): only what somebody decided, without ids and times.

create or replace function private.export_object(model jsonb) returns jsonb
language sql immutable
return (
  select private.differing(model -> 'values', model -> 'baseline')
    || case when fields.all_ <> '{}' then jsonb_build_object('fields', fields.all_) else '{}' end
    || case when model -> 'rules' <> '{}' then jsonb_build_object('rules', (
         select jsonb_object_agg(r.key, private.differing(r.value -> 'values', r.value -> 'baseline')) from jsonb_each(model -> 'rules') r)) else '{}' end
    || case when model -> 'indexes' <> '[]' then jsonb_build_object('indexes', (
         select jsonb_agg(i -> 'values' order by n) from jsonb_array_elements(model -> 'indexes') with ordinality x (i, n))) else '{}' end
    || coalesce((select jsonb_build_object('views', v) from private.export_views(model -> 'views') v where v is not null), '{}')
  from (
    select coalesce(jsonb_object_agg(f.key, d.own), '{}') as all_
    from jsonb_each(model -> 'fields') f,
         private.differing(f.value -> 'values', f.value -> 'baseline') d (own)
    where (f.value ->> 'isCustom')::boolean and not (f.value ->> 'isSystem')::boolean or d.own <> '{}'
  ) fields
);

comment on function private.export_object(jsonb) is
  'An object of private.model_of as it is exported.';

create or replace function core.export_model() returns jsonb
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('data_model');
  return (
    select jsonb_build_object('relata', 1, 'objects', coalesce(jsonb_object_agg(o.key, e.own), '{}'))
    from jsonb_each(private.model_of(authz.workspace_id()) -> 'objects') o,
         private.export_object(o.value) e (own)
    where (o.value ->> 'isCustom')::boolean and not (o.value ->> 'isSystem')::boolean or e.own <> '{}');
end
$$;

comment on function core.export_model() is
  'The data model of the caller''s workspace: {relata, objects: {name: {…, fields: {name: {…}}}}}, each with what is not as it comes. Needs data_model.';
grant execute on function core.export_model() to relata_admin;
--! EndIncluded core/export_model.sql

-- What a field may be.
--! Included field_types/actor.sql
-- Read-only: authz says who it is, and private.tg__record_updated writes updatedBy.
select private.define_field_type(
  'ACTOR',
  'Who did it, and through what.',
  $json$[
    {"part": "source", "type": "text", "default": "authz.actor_source()", "options": [
      "EMAIL", "CALENDAR", "WORKFLOW", "AGENT", "API", "IMPORT", "MANUAL", "SYSTEM", "WEBHOOK", "APPLICATION"]},
    {"part": "workspaceMemberId", "type": "uuid", "default": "authz.member_id()"},
    {"part": "name", "type": "text", "default": "authz.actor_name()"},
    {"part": "context", "type": "jsonb"}
  ]$json$,
  is_system => true
);
--! EndIncluded field_types/actor.sql
--! Included field_types/address.sql
select private.define_field_type(
  'ADDRESS',
  'A postal address, and where it lies.',
  $json$[
    {"part": "addressStreet1",  "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true, "isRequired": true},
    {"part": "addressStreet2",  "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true},
    {"part": "addressCity",     "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true},
    {"part": "addressPostcode", "type": "text", "check": "octet_length({column}) <= 1000", "isSearched": true},
    {"part": "addressState",    "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true},
    {"part": "addressCountry",  "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true},
    {"part": "addressLat",      "type": "numeric", "check": "{column} between -90 and 90"},
    {"part": "addressLng",      "type": "numeric", "check": "{column} between -180 and 180"}
  ]$json$,
  settings => '{"subFields": {"type": "array", "items": {"enum": [
    "addressStreet1", "addressStreet2", "addressCity", "addressPostcode", "addressState", "addressCountry", "addressLat", "addressLng"]}}}'
);
--! EndIncluded field_types/address.sql
--! Included field_types/array.sql
select private.define_field_type(
  'ARRAY',
  'A list of texts.',
  $json$[{
    "type": "text[]", "default": "'{}'", "isUnique": false, "unites": {},
    "check": "cardinality({column}) <= {maxNumberOfValues} and coalesce(array_ndims({column}), 1) = 1 and array_position({column}, null) is null and pg_column_size({column}) <= 1048576"
  }]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 10000}}'
);
--! EndIncluded field_types/array.sql
--! Included field_types/boolean.sql
select private.define_field_type(
  'BOOLEAN',
  'True or false.',
  '[{"type": "boolean"}]'
);
--! EndIncluded field_types/boolean.sql
--! Included field_types/currency.sql
select private.define_field_type(
  'CURRENCY',
  'An amount of money, in millionths of its currency (ISO 4217).',
  $json$[
    {"part": "amountMicros", "type": "numeric", "check": "{column} > '-Infinity' and {column} < 'Infinity'", "isRequired": true},
    {"part": "currencyCode", "type": "text", "goesWith": "amountMicros", "check": "{column} ~ '^[A-Z]{3}$'", "isRequired": true}
  ]$json$,
  settings => '{"format": {"enum": ["short", "full"]}, "decimals": {"type": "integer", "minimum": 0, "maximum": 14}}'
);
--! EndIncluded field_types/currency.sql
--! Included field_types/date.sql
select private.define_field_type(
  'DATE',
  'A day of the calendar (ISO 8601).',
  -- A day told by a word (tomorrow) would stay the day it was written.
  $json$[{"type": "date", "check": "isfinite({column})", "functions": {"now": "now()"}, "literal": "^\\d{4,6}-\\d\\d-\\d\\d"}]$json$,
  settings => '{"displayFormat": {"enum": ["RELATIVE", "USER_SETTINGS", "CUSTOM"]}}'
);
--! EndIncluded field_types/date.sql
--! Included field_types/date_time.sql
select private.define_field_type(
  'DATE_TIME',
  'An instant (ISO 8601), kept in UTC.',
  $json$[{"type": "timestamptz", "check": "isfinite({column})", "functions": {"now": "now()"}, "literal": "^\\d{4,6}-\\d\\d-\\d\\d"}]$json$,
  settings => '{"displayFormat": {"enum": ["RELATIVE", "USER_SETTINGS", "CUSTOM"]}}'
);
--! EndIncluded field_types/date_time.sql
--! Included field_types/emails.sql
-- Kept in small letters (src/fieldTypes/emails.ts), so that one address is one text.
select private.define_field_type(
  'EMAILS',
  'Email addresses, the first of them the one to write to.',
  $json$[
    {"part": "primaryEmail", "type": "text", "isRequired": true, "isUnique": true, "isSearched": true,
     "check": "{column} ~ '^[^@[:space:]]+@[^@[:space:]]+$' and {column} = lower({column} collate \"C\") and octet_length({column}) <= 320"},
    {"part": "additionalEmails", "type": "jsonb", "unites": {"of": "primaryEmail"},
     "check": "case jsonb_typeof({column}) when 'array' then jsonb_array_length({column}) < {maxNumberOfValues} and not {column} @? '$[*] ? (@.type() != \"string\" || !(@ like_regex \"^[^@[:space:]A-Z]{1,160}@[^@[:space:]A-Z]{1,160}$\"))' else {column} is null end"}
  ]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000}}'
);
--! EndIncluded field_types/emails.sql
--! Included field_types/files.sql
select private.define_field_type(
  'FILES',
  'A list of files.',
  $json$[{
    "type": "jsonb", "isUnique": false, "unites": {"key": "fileId"},
    "check": "case jsonb_typeof({column}) when 'array' then jsonb_array_length({column}) <= {maxNumberOfValues} and not {column} @? '$[*] ? (@.type() != \"object\" || @.fileId.type() != \"string\" || !(@.fileId like_regex \"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$\") || !(@.label.type() == \"string\"))' and pg_column_size({column}) <= 1048576 else {column} is null end"
  }]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 100, "required": true}}'
);
--! EndIncluded field_types/files.sql
--! Included field_types/full_name.sql
select private.define_field_type(
  'FULL_NAME',
  'A person''s first and last name.',
  $json$[
    {"part": "firstName", "type": "text", "check": "octet_length({column}) <= 10000", "isRequired": true, "isUnique": true, "isSearched": true},
    {"part": "lastName",  "type": "text", "check": "octet_length({column}) <= 10000", "isRequired": true, "isUnique": true, "isSearched": true}
  ]$json$
);
--! EndIncluded field_types/full_name.sql
--! Included field_types/links.sql
-- Kept with the host in small letters and no slash at the end (src/fieldTypes/links.ts).
select private.define_field_type(
  'LINKS',
  'Addresses on the web, the first of them the main one.',
  $json$[
    {"part": "primaryLinkLabel", "type": "text", "goesWith": "primaryLinkUrl", "isSearched": true, "check": "octet_length({column}) <= 10000"},
    {"part": "primaryLinkUrl", "type": "text", "isRequired": true, "isUnique": true, "isSearched": true,
     "check": "{column} ~ '^https?://[^/?#@[:space:]A-Z]+([/?#][^[:space:]]*)?$' and {column} !~ '^[^?#]*/$' and octet_length({column}) <= 4096"},
    {"part": "secondaryLinks", "type": "jsonb",
     "unites": {"key": "url", "of": {"label": "primaryLinkLabel", "url": "primaryLinkUrl"}},
     "check": "case jsonb_typeof({column}) when 'array' then jsonb_array_length({column}) < {maxNumberOfValues} and not {column} @? '$[*] ? (@.type() != \"object\" || @.url.type() != \"string\" || !(@.url like_regex \"^https?://[^/?#@[:space:]A-Z]+([/?#][^[:space:]]*)?$\"))' and pg_column_size({column}) <= 1048576 else {column} is null end"}
  ]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000}}'
);
--! EndIncluded field_types/links.sql
--! Included field_types/morph_relation.sql
select private.define_field_type(
  'MORPH_RELATION',
  'Another record, of one of several objects: a foreign key for each of them, of which at most one is set.',
  '[]'
);
--! EndIncluded field_types/morph_relation.sql
--! Included field_types/multi_select.sql
select private.define_field_type(
  'MULTI_SELECT',
  'Any of the field''s options.',
  $json$[{
    "type": "text[]", "default": "'{}'", "isUnique": false, "unites": {},
    "check": "{column} <@ {options} and coalesce(array_ndims({column}), 1) = 1 and cardinality({column}) <= cardinality({options})"
  }]$json$,
  options => '[]'
);
--! EndIncluded field_types/multi_select.sql
--! Included field_types/number.sql
select private.define_field_type(
  'NUMBER',
  'A number: in double precision (15 digits), or whole when settings.dataType is int or bigint.',
  $json$[{
    "type": "float8", "variants": {"float": "float8", "int": "int4", "bigint": "int8"},
    "check": "{column}::float8 > '-Infinity' and {column}::float8 < 'Infinity'"
  }]$json$,
  settings => '{
    "dataType": {"enum": ["float", "int", "bigint"], "decidesApi": true},
    "decimals": {"type": "integer", "minimum": 0, "maximum": 14},
    "type": {"enum": ["number", "percentage"]}}'
);
--! EndIncluded field_types/number.sql
--! Included field_types/numeric.sql
select private.define_field_type(
  'NUMERIC',
  'An exact decimal number, sent as a string.',
  $json$[{"type": "numeric", "check": "{column} > '-Infinity' and {column} < 'Infinity'"}]$json$
);
--! EndIncluded field_types/numeric.sql
--! Included field_types/phones.sql
-- Kept as E.164 splits it: country, calling code and the digits behind it (src/fieldTypes/phones.ts).
select private.define_field_type(
  'PHONES',
  'Telephone numbers, the first of them the one to call.',
  $json$[
    {"part": "primaryPhoneNumber", "type": "text", "isRequired": true, "isUnique": true, "isSearched": true,
     "check": "{column} ~ '^[0-9]{1,17}$'"},
    {"part": "primaryPhoneCountryCode", "type": "text", "goesWith": "primaryPhoneNumber", "isUnique": true, "check": "{column} ~ '^[A-Z]{2}$'"},
    {"part": "primaryPhoneCallingCode", "type": "text", "goesWith": "primaryPhoneNumber", "isUnique": true, "check": "{column} ~ '^[+][1-9][0-9]{0,3}$'"},
    {"part": "additionalPhones", "type": "jsonb",
     "unites": {"key": "number", "of": {"number": "primaryPhoneNumber", "countryCode": "primaryPhoneCountryCode", "callingCode": "primaryPhoneCallingCode"}},
     "check": "case jsonb_typeof({column}) when 'array' then jsonb_array_length({column}) < {maxNumberOfValues} and not {column} @? '$[*] ? (@.type() != \"object\" || @.number.type() != \"string\" || !(@.number like_regex \"^[0-9]{1,17}$\"))' and pg_column_size({column}) <= 1048576 else {column} is null end"}
  ]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000}}'
);
--! EndIncluded field_types/phones.sql
--! Included field_types/position.sql
select private.define_field_type(
  'POSITION',
  'Where a record stands among its kind; new ones come first.',
  $json$[{"type": "float8", "default": "-extract(epoch from clock_timestamp())", "check": "{column} > '-Infinity' and {column} < 'Infinity'"}]$json$,
  is_system => true
);
--! EndIncluded field_types/position.sql
--! Included field_types/rating.sql
select private.define_field_type(
  'RATING',
  'One to five stars.',
  '[{"type": "text", "check": "{column} = any ({options})", "isUnique": false}]',
  options => '[
    {"value": "RATING_1", "label": "1"}, {"value": "RATING_2", "label": "2"}, {"value": "RATING_3", "label": "3"},
    {"value": "RATING_4", "label": "4"}, {"value": "RATING_5", "label": "5"}]'
);
--! EndIncluded field_types/rating.sql
--! Included field_types/raw_json.sql
select private.define_field_type(
  'RAW_JSON',
  'Any JSON object or list.',
  $json$[{"type": "jsonb", "isUnique": false, "check": "jsonb_typeof({column}) in ('object', 'array') and pg_column_size({column}) <= 1048576"}]$json$
);
--! EndIncluded field_types/raw_json.sql
--! Included field_types/relation.sql
select private.define_field_type(
  'RELATION',
  'Another record: a foreign key on the side of the many.',
  '[{"suffix": "_id", "type": "uuid"}]'
);
--! EndIncluded field_types/relation.sql
--! Included field_types/rich_text.sql
-- The same text twice: as blocks for editors, as Markdown for everybody else. Writing
-- one side derives the other (src/fieldTypes/richText.ts).
select private.define_field_type(
  'RICH_TEXT',
  'Text with headings, lists and links.',
  $json$[
    {"part": "blocknote", "type": "text", "goesWith": "markdown", "check": "octet_length({column}) <= 4194304"},
    {"part": "markdown",  "type": "text", "check": "octet_length({column}) <= 1048576", "isRequired": true, "isSearched": true}
  ]$json$
);
--! EndIncluded field_types/rich_text.sql
--! Included field_types/select.sql
select private.define_field_type(
  'SELECT',
  'One of the field''s options.',
  '[{"type": "text", "check": "{column} = any ({options})"}]',
  options => '[]'
);
--! EndIncluded field_types/select.sql
--! Included field_types/text.sql
select private.define_field_type(
  'TEXT',
  'Text of any length up to 1 MB.',
  '[{"type": "text", "check": "octet_length({column}) <= 1048576", "isSearched": true}]',
  settings => '{"displayedMaxRows": {"type": "integer", "minimum": 0, "maximum": 99}, "isCaseInsensitive": {"type": "boolean", "decidesApi": true}}'
);
--! EndIncluded field_types/text.sql
--! Included field_types/ts_vector.sql
select private.define_field_type(
  'TS_VECTOR',
  'What full-text search looks through; kept by PostgreSQL.',
  '[{"type": "tsvector"}]',
  is_system => true
);
--! EndIncluded field_types/ts_vector.sql
--! Included field_types/uuid.sql
select private.define_field_type(
  'UUID',
  'A universally unique id.',
  '[{"type": "uuid", "functions": {"uuid": "authz.uuid_v7()"}}]'
);
--! EndIncluded field_types/uuid.sql

-- What a workspace starts with.
--! Included standard_objects/attachment.sql
select private.define_standard_object(90, $json${
  "nameSingular": "attachment", "namePlural": "attachments", "icon": "IconFileImport",
  "description": "A file kept with a record.",
  "isSystem": true,
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "fullPath", "type": "TEXT", "label": "Full path"},
    {"name": "fileCategory", "type": "SELECT", "isNullable": false, "defaultValue": "OTHER", "label": "File category", "options": [
      {"value": "ARCHIVE"}, {"value": "AUDIO"}, {"value": "IMAGE"}, {"value": "PRESENTATION"},
      {"value": "SPREADSHEET"}, {"value": "TEXT_DOCUMENT"}, {"value": "VIDEO"}, {"value": "OTHER"}]}
  ],
  "relations": [
    {"name": "targetCompany", "isSystem": true, "targetObject": "company", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetPerson", "isSystem": true, "targetObject": "person", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "isSystem": true, "targetObject": "opportunity", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetNote", "isSystem": true, "targetObject": "note", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetTask", "isSystem": true, "targetObject": "task", "targetFieldName": "attachments", "onDelete": "CASCADE"}
  ]
}$json$);
--! EndIncluded standard_objects/attachment.sql
--! Included standard_objects/company.sql
select private.define_standard_object(20, $json${
  "nameSingular": "company", "namePlural": "companies", "icon": "IconBuildingSkyscraper",
  "description": "An organisation you do business with.",
  "searchFields": ["name", "domainName"],
  "duplicateCriteria": [["name"], ["domainName"]],
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "domainName", "type": "TEXT", "label": "Domain name"},
    {"name": "industry", "type": "TEXT"},
    {"name": "employees", "type": "NUMBER", "settings": {"dataType": "int"}},
    {"name": "address", "type": "TEXT"},
    {"name": "annualRecurringRevenue", "type": "NUMERIC", "label": "ARR"},
    {"name": "linkedinLink", "type": "TEXT", "label": "LinkedIn"},
    {"name": "idealCustomerProfile", "type": "BOOLEAN", "label": "ICP", "defaultValue": false, "isNullable": false}
  ],
  "relations": [
    {"name": "accountOwner", "targetObject": "workspaceMember", "targetFieldName": "accountOwnerForCompanies"}
  ]
}$json$);
--! EndIncluded standard_objects/company.sql
--! Included standard_objects/note.sql
select private.define_standard_object(50, $json${
  "nameSingular": "note", "namePlural": "notes", "icon": "IconNotes",
  "description": "Something written down.",
  "labelField": "title",
  "searchFields": ["title", "body"],
  "fields": [
    {"name": "title", "type": "TEXT"},
    {"name": "body", "type": "TEXT"}
  ]
}$json$);
--! EndIncluded standard_objects/note.sql
--! Included standard_objects/note_target.sql
select private.define_standard_object(70, $json${
  "nameSingular": "noteTarget", "namePlural": "noteTargets", "icon": "IconCheckbox",
  "description": "What a note is about.",
  "isSystem": true, "labelField": "id", "searchFields": [], "fields": [],
  "relations": [
    {"name": "note", "targetObject": "note", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetCompany", "isSystem": true, "targetObject": "company", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetPerson", "isSystem": true, "targetObject": "person", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "isSystem": true, "targetObject": "opportunity", "targetFieldName": "noteTargets", "onDelete": "CASCADE"}
  ]
}$json$);
--! EndIncluded standard_objects/note_target.sql
--! Included standard_objects/opportunity.sql
select private.define_standard_object(40, $json${
  "nameSingular": "opportunity", "namePlural": "opportunities", "icon": "IconTargetArrow",
  "description": "A deal that may be won.",
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "amount", "type": "NUMERIC"},
    {"name": "closeDate", "type": "DATE_TIME", "label": "Close date"},
    {"name": "stage", "type": "SELECT", "isNullable": false, "defaultValue": "NEW", "options": [
      {"value": "NEW", "label": "New", "color": "red"},
      {"value": "SCREENING", "label": "Screening", "color": "purple"},
      {"value": "MEETING", "label": "Meeting", "color": "sky"},
      {"value": "PROPOSAL", "label": "Proposal", "color": "turquoise"},
      {"value": "CUSTOMER", "label": "Customer", "color": "yellow"}]}
  ],
  "relations": [
    {"name": "company", "targetObject": "company", "targetFieldName": "opportunities"},
    {"name": "pointOfContact", "label": "Point of contact", "targetObject": "person", "targetFieldName": "pointOfContactForOpportunities"},
    {"name": "owner", "targetObject": "workspaceMember", "targetFieldName": "ownedOpportunities"}
  ]
}$json$);
--! EndIncluded standard_objects/opportunity.sql
--! Included standard_objects/person.sql
select private.define_standard_object(30, $json${
  "nameSingular": "person", "namePlural": "people", "icon": "IconUser",
  "description": "Somebody you know, often a contact at a company.",
  "searchFields": ["firstName", "lastName", "email"],
  "duplicateCriteria": [["firstName", "lastName"], ["linkedinLink"], ["email"]],
  "fields": [
    {"name": "firstName", "type": "TEXT", "label": "First name"},
    {"name": "lastName", "type": "TEXT", "label": "Last name"},
    {"name": "name", "type": "TEXT", "description": "First and last name.", "settings": {"formula":
      {"op": "nullIf", "args": [{"op": "trim", "args": [{"op": "concat", "args": [{"field": "firstName"}, " ", {"field": "lastName"}]}]}, ""]}}},
    {"name": "email", "type": "TEXT", "isUnique": true, "settings": {"isCaseInsensitive": true}},
    {"name": "phone", "type": "TEXT"},
    {"name": "jobTitle", "type": "TEXT", "label": "Job title"},
    {"name": "city", "type": "TEXT"},
    {"name": "linkedinLink", "type": "TEXT", "label": "LinkedIn"},
    {"name": "avatarUrl", "type": "TEXT", "label": "Avatar"}
  ],
  "relations": [
    {"name": "company", "targetObject": "company", "targetFieldName": "contacts"}
  ]
}$json$);
--! EndIncluded standard_objects/person.sql
--! Included standard_objects/task.sql
select private.define_standard_object(60, $json${
  "nameSingular": "task", "namePlural": "tasks", "icon": "IconCheckbox",
  "description": "Something to be done.",
  "labelField": "title",
  "searchFields": ["title", "body"],
  "fields": [
    {"name": "title", "type": "TEXT"},
    {"name": "body", "type": "TEXT"},
    {"name": "dueAt", "type": "DATE_TIME", "label": "Due date"},
    {"name": "status", "type": "SELECT", "isNullable": false, "defaultValue": "TODO", "options": [
      {"value": "TODO", "label": "To do", "color": "sky"},
      {"value": "IN_PROGRESS", "label": "In progress", "color": "purple"},
      {"value": "DONE", "label": "Done", "color": "green"}]}
  ],
  "relations": [
    {"name": "assignee", "targetObject": "workspaceMember", "targetFieldName": "assignedTasks"}
  ]
}$json$);
--! EndIncluded standard_objects/task.sql
--! Included standard_objects/task_target.sql
select private.define_standard_object(80, $json${
  "nameSingular": "taskTarget", "namePlural": "taskTargets", "icon": "IconCheckbox",
  "description": "What a task is about.",
  "isSystem": true, "labelField": "id", "searchFields": [], "fields": [],
  "relations": [
    {"name": "task", "targetObject": "task", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetCompany", "isSystem": true, "targetObject": "company", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetPerson", "isSystem": true, "targetObject": "person", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "isSystem": true, "targetObject": "opportunity", "targetFieldName": "taskTargets", "onDelete": "CASCADE"}
  ]
}$json$);
--! EndIncluded standard_objects/task_target.sql
--! Included standard_objects/workspace_member.sql
select private.define_standard_object(10, $json${
  "nameSingular": "workspaceMember", "namePlural": "workspaceMembers", "icon": "IconUserCircle",
  "description": "A colleague: how members of the workspace know each other.",
  "isSystem": true,
  "searchFields": ["firstName", "lastName", "userEmail"],
  "fields": [
    {"name": "firstName", "type": "TEXT", "label": "First name"},
    {"name": "lastName", "type": "TEXT", "label": "Last name"},
    {"name": "name", "type": "TEXT", "description": "First and last name.", "settings": {"formula":
      {"op": "nullIf", "args": [{"op": "trim", "args": [{"op": "concat", "args": [{"field": "firstName"}, " ", {"field": "lastName"}]}]}, ""]}}},
    {"name": "userEmail", "type": "TEXT", "label": "Email"},
    {"name": "userId", "type": "UUID", "label": "User"},
    {"name": "avatarUrl", "type": "TEXT", "label": "Avatar"},
    {"name": "locale", "type": "TEXT", "defaultValue": "en"},
    {"name": "timeZone", "type": "TEXT", "label": "Time zone", "defaultValue": "UTC"}
  ]
}$json$);
--! EndIncluded standard_objects/workspace_member.sql
--! EndIncluded schema.sql
