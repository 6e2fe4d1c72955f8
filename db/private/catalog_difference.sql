-- What a change did to the tables, the API and who may do what, read from the
-- catalog before and after it: the answer of a plan, and the record of a change.

create or replace function private.api_of(workspace_id uuid) returns setof text
language sql stable
begin atomic
  with shown as (
    select o.*, upper(left(o.name_singular, 1)) || substr(o.name_singular, 2) as type_name
    from core.objects o where o.workspace_id = api_of.workspace_id and o.is_active
  ), fields as (
    select o.type_name, f.*
    from shown o join core.fields f on f.object_id = o.id
    where private.is_shown(f) and f.type <> 'TS_VECTOR'
  )
  select 'Query.' || unnest(array[name_singular, name_plural]) from shown
  union all
  select format('Mutation.%s%s', verb, type_name) from shown, unnest(array['create', 'update', 'delete']) verb
  union all
  select format('%s.%s', type_name, name) from fields where type <> 'MORPH_RELATION'
  union all
  select format('%s.%s%s', f.type_name, private.relation_name(r), part)
  from fields f join core.relations r on r.from_field_id = f.id, unnest(array['', 'Id']) part
  where r.column_name is not null and private.is_relation_shown(r) and (part = 'Id' or f.type = 'MORPH_RELATION')
  union all
  select format('%s%s%sEnum.%s', type_name, upper(left(name, 1)), substr(name, 2), o ->> 'value')
  from fields, jsonb_array_elements(options) o;
end;

comment on function private.api_of(uuid) is
  'What the GraphQL API of a workspace holds, a line each: Query.companies, Company.name, CompanyStageEnum.NEW.';

create or replace function private.access_of(schema_name text) returns setof text
language sql stable
begin atomic
  select format('policy %s on %s for %s to %s using %s check %s', p.policyname, p.tablename, lower(p.cmd),
                array_to_string(p.roles, ', '), coalesce(p.qual, 'anything'), coalesce(p.with_check, 'the same'))
  from pg_policies p where p.schemaname = access_of.schema_name
  union all
  select format('%s may %s %s', a.grantee::regrole, lower(a.privilege_type), c.relname)
  from pg_class c, aclexplode(c.relacl) a
  where c.relnamespace = to_regnamespace(quote_ident(access_of.schema_name)) and a.grantee <> c.relowner
  union all
  select format('%s may %s %s.%s', a.grantee::regrole, lower(a.privilege_type), c.relname, col.attname)
  from pg_class c join pg_attribute col on col.attrelid = c.oid, aclexplode(col.attacl) a
  where c.relnamespace = to_regnamespace(quote_ident(access_of.schema_name)) and a.grantee <> c.relowner;
end;

comment on function private.access_of(text) is
  'Who may do what in a schema, a line for each policy and grant.';

create or replace function private.catalog_of(_workspace core.workspaces) returns jsonb
language sql stable
return jsonb_build_object(
  'tables', (
    select coalesce(jsonb_object_agg(c.oid, jsonb_build_array(c.relname, c.relfilenode)), '{}')
    from pg_class c where c.relnamespace = _workspace.schema_name::regnamespace and c.relkind = 'r'),
  'columns', (
    select coalesce(jsonb_agg(format('%s.%s', c.oid, a.attname)), '[]')
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = _workspace.schema_name::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped),
  'api', (select coalesce(jsonb_agg(line), '[]') from private.api_of(_workspace.id) line),
  'access', (select coalesce(jsonb_agg(line), '[]') from private.access_of(_workspace.schema_name) line));

comment on function private.catalog_of(core.workspaces) is
  'What there is in a workspace: its tables, columns, API and permissions.';

create or replace function private.lines_only_in(a jsonb, b jsonb) returns jsonb
language sql stable
return (
  select coalesce(jsonb_agg(line order by line), '[]')
  from (select jsonb_array_elements_text(a) as line except select jsonb_array_elements_text(b)) x
);

comment on function private.lines_only_in(jsonb, jsonb) is
  'The texts of one list that are not in the other, sorted.';

create or replace function private.catalog_difference(_workspace core.workspaces, _before jsonb) returns jsonb
language plpgsql
as $$
declare
  _after jsonb := private.catalog_of(_workspace);
  _tables jsonb := '[]';
  _locks jsonb;
  _table record;
  _rows bigint;
begin
  for _table in
    select coalesce(b.key, a.key)::oid as oid, b.value as before, a.value as after
    from jsonb_each(_before -> 'tables') b full join jsonb_each(_after -> 'tables') a on a.key = b.key
    where a.value is distinct from b.value
    order by coalesce(a.value ->> 0, b.value ->> 0)
  loop
    _rows := 0;
    if _table.before ->> 1 <> _table.after ->> 1 then
      execute format('select count(*) from %s', _table.oid::regclass) into _rows;
    end if;
    _tables := _tables || jsonb_build_object(
      'table', coalesce(_table.after ->> 0, _table.before ->> 0),
      'effect', case
        when _table.before is null then 'CREATED'
        when _table.after is null then 'REMOVED'
        when _table.before ->> 1 <> _table.after ->> 1 then 'REWRITTEN'
        else 'RENAMED'
      end,
      'rows', _rows);
  end loop;

  -- Only tables that others can know: nobody waits for one that is new.
  select coalesce(jsonb_agg(jsonb_build_object('table', relname, 'mode', mode, 'blocks', blocks) order by relname, mode), '[]')
    into _locks
    from (
      select distinct c.relname::text, l.mode,
             case when l.mode = 'AccessExclusiveLock' then 'READS_AND_WRITES' else 'WRITES' end as blocks
      from pg_locks l join pg_class c on c.oid = l.relation
      where l.pid = pg_backend_pid() and l.locktype = 'relation' and c.relkind = 'r'
        and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        and _before -> 'tables' ? c.oid::text
    ) x;

  return jsonb_build_object(
    'tables', _tables,
    'locks', _locks,
    'api', jsonb_build_object(
      'added', private.lines_only_in(_after -> 'api', _before -> 'api'),
      'removed', private.lines_only_in(_before -> 'api', _after -> 'api')),
    'access', jsonb_build_object(
      'added', private.lines_only_in(_after -> 'access', _before -> 'access'),
      'removed', private.lines_only_in(_before -> 'access', _after -> 'access')),
    -- What is gone, or is called otherwise, breaks the plans of schemas compiled before.
    'takesAway', exists (
      select from jsonb_each(_before -> 'tables') b
      where not _after -> 'tables' ? b.key or _after -> 'tables' -> b.key ->> 0 <> b.value ->> 0)
      or private.lines_only_in(_before -> 'columns', _after -> 'columns') <> '[]'
      or private.lines_only_in(_before -> 'api', _after -> 'api') <> '[]');
end
$$;

comment on function private.catalog_difference(core.workspaces, jsonb) is
  'What is not as private.catalog_of found it before: tables, locks held, API and permissions; takesAway when older schemas may not answer any more.';
