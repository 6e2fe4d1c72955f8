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
