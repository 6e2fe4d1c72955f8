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
