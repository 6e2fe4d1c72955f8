-- A relation becomes a foreign key with its index, on the side of the many.

create or replace function private.build_relation(relation_id uuid) returns void
language plpgsql
as $$
declare
  _relation core.relations;
  _from core.fields;
  _to core.fields;
  _tbl text;
  _constraint text;
begin
  select * into strict _relation from core.relations r where r.id = build_relation.relation_id;
  select * into strict _from from core.fields f where f.id = _relation.from_field_id;
  select * into strict _to from core.fields f where f.id = _relation.to_field_id;
  _tbl := private.table_of(_relation.from_object_id);
  _constraint := _from.column_name || '_fkey';

  perform private.run(format('alter table %s add column %I uuid%s', _tbl, _from.column_name,
    case when _from.is_nullable then '' else ' not null' end));
  perform private.run(format('alter table %s add constraint %I foreign key (%I) references %s on delete %s',
    _tbl, _constraint, _from.column_name, private.table_of(_relation.to_object_id),
    replace(_relation.on_delete, '_', ' ')));
  -- The id behind it lets the many side be read in pages, in order.
  perform private.run(format('create index on %s (%I, id)', _tbl, _from.column_name));

  perform private.run(format('comment on column %s.%I is %L', _tbl, _from.column_name,
    private.smart_comment(array['@field ' || _from.name || 'Id', '@type RELATION'], _from.description)));
  perform private.run(format('comment on constraint %I on %s is %L', _constraint, _tbl,
    concat_ws(E'\n',
      '@fieldName ' || _from.name,
      '@foreignFieldName ' || _to.name)));
  perform private.grant_columns(_tbl, array[_from.column_name]);
end
$$;

comment on function private.build_relation(uuid) is
  'Adds a relation''s column, foreign key and index, and names both sides of it in comments.';
