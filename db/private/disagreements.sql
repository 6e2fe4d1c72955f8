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
