-- A relation becomes a foreign key with its index, on the side of the many.

create or replace function private.build_relation(relation_id uuid) returns void
language plpgsql
as $$
declare
  _relation core.relations;
  _from core.fields;
  _tbl text;
begin
  select * into strict _relation from core.relations r where r.id = build_relation.relation_id;
  select * into strict _from from core.fields f where f.id = _relation.from_field_id;
  _tbl := private.table_of(_relation.from_object_id);
  perform private.run(format('alter table %s add column %I uuid%s', _tbl, _from.column_name,
    case when _from.is_nullable then '' else ' not null' end));
  perform private.build_foreign_key(_relation.id);
  -- The id behind it lets the many side be read in pages, in order.
  perform private.run(format('create index on %s (%I, id)', _tbl, _from.column_name));

  perform private.grant_columns(_tbl, array[_from.column_name]);
end
$$;

comment on function private.build_relation(uuid) is
  'Adds a relation''s column, foreign key and index, and names both sides of it in comments.';

create or replace function private.build_foreign_key(relation_id uuid) returns void
language plpgsql
as $$
declare
  _relation core.relations;
  _column text;
  _tbl text;
  _target text;
begin
  select * into strict _relation from core.relations r where r.id = build_foreign_key.relation_id;
  select f.column_name into strict _column from core.fields f where f.id = _relation.from_field_id;
  _tbl := private.table_of(_relation.from_object_id);
  _target := private.table_of(_relation.to_object_id);
  -- A relation that comes out of the trash may point at records that are gone.
  perform private.run(format('update %s r set %I = null where %2$I is not null and not exists (select from %s t where t.id = r.%2$I)',
    _tbl, _column, _target));
  perform private.run(format('alter table %s add constraint %I foreign key (%I) references %s on delete %s',
    _tbl, _column || '_fkey', _column, _target, replace(_relation.on_delete, '_', ' ')));
  perform private.comment_relation(_relation.id);
end
$$;

comment on function private.build_foreign_key(uuid) is
  'Makes a relation''s column point at records that there are, and only at such from now on.';

create or replace function private.comment_relation(relation_id uuid) returns void
language plpgsql
as $$
declare
  _relation core.relations;
  _from core.fields;
  _to core.fields;
  _tbl text;
begin
  select * into strict _relation from core.relations r where r.id = comment_relation.relation_id;
  select * into strict _from from core.fields f where f.id = _relation.from_field_id;
  select * into strict _to from core.fields f where f.id = _relation.to_field_id;
  _tbl := private.table_of(_relation.from_object_id);
  perform private.run(format('comment on column %s.%I is %L', _tbl, _from.column_name,
    private.smart_comment(
      array['@field ' || _from.name || 'Id', '@type RELATION', case when not private.is_shown(_from) then '@hidden' end],
      _from.description)));
  perform private.run(format('comment on constraint %I on %s is %L', _from.column_name || '_fkey', _tbl,
    concat_ws(E'\n',
      '@fieldName ' || _from.name,
      '@foreignFieldName ' || _to.name,
      case when not private.is_shown(_from) then '@hidden'
           when not private.is_shown(_to) then '@backwardBehavior -*' end)));
end
$$;

comment on function private.comment_relation(uuid) is
  'Names both sides of a relation, in comments on its column and its foreign key, and hides what is not active.';
