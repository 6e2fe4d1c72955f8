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
