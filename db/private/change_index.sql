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
