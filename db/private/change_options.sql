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
