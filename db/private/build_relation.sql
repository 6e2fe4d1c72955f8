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
    left(_relation.column_name || '_fkey', 63),
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
    perform private.index_relation(_relation);
    perform private.comment_relation(_relation);
  end loop;
  perform private.grant_columns(_tbl, _columns);
end
$$;

comment on function private.build_relations(uuid[], text[]) is
  'Adds the columns, keys and indexes of relations of one object, and names both sides of each in comments; `also` is what the same ALTER TABLE is to do.';

create or replace function private.index_relation(_relation core.relations) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_relation.from_object_id);
  _column text := _relation.column_name;
  _unique text := left(_column || '_key_' || right(_relation.from_object_id::text, 8), 63);
begin
  -- The id behind it lets the many side be read in pages, in order. Only of rows that have a
  -- key: a new column has none, so this reads the table but sorts and writes nothing, and
  -- looking a key up (lists, joins, what becomes of them when it is destroyed) implies it.
  perform private.run(format('create index on %s (%I, id)%s', _tbl, _column,
    (select format(' where %I is not null', _column) from core.fields f where f.id = _relation.from_field_id and f.is_nullable)));
  if _relation.type = 'ONE_TO_ONE' then
    if to_regclass(split_part(_tbl, '.', 1) || '.' || quote_ident(_unique)) is not null then
      perform private.fail('NAMEX', 'That name is taken.', 'data.name');
    end if;
    -- Among living rows: a deleted record does not hold its place. Named by its column, so
    -- that an error leads back to the field.
    perform private.run(format('create unique index %I on %s (%I) where deleted_at is null and %I is not null',
      _unique, _tbl, _column, _column));
  end if;
end
$$;

comment on function private.index_relation(core.relations) is
  'Makes the index behind a foreign key, and for ONE_TO_ONE the one that keeps it unique among living records.';

create or replace function private.rebuild_foreign_key(_relation core.relations) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_relation.from_object_id);
  _target text := private.table_of(_relation.to_object_id);
begin
  if _relation.column_name is null then
    return; -- a many-to-many: its keys are its junction's
  end if;
  -- What it pointed at may be gone by now.
  perform private.run(format('update %s r set %I = null where %2$I is not null and not exists (select from %s t where t.id = r.%2$I)',
    _tbl, _relation.column_name, _target));
  perform private.run(format('alter table %s add constraint %I foreign key (%I) references %s on delete %s', _tbl,
    left(_relation.column_name || '_fkey', 63), _relation.column_name, _target, replace(_relation.on_delete, '_', ' ')));
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
  perform private.run(format('comment on constraint %I on %s is %L', left(_relation.column_name || '_fkey', 63), _tbl,
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
