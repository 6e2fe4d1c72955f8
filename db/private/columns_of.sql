-- Which columns are a field's, and which fields are one relation.

create or replace function private.columns_of(_field core.fields) returns setof text
language sql stable
begin atomic
  select p.column_name from private.field_parts(_field) p where _field.type <> 'RELATION'
  union all
  select r.column_name from core.relations r where r.from_field_id = _field.id and r.column_name is not null;
end;

comment on function private.columns_of(core.fields) is
  'The names of the columns that hold a field''s values.';

create or replace function private.writable_columns(_field core.fields) returns setof text
language sql stable
begin atomic
  select c.column_name from private.field_columns(_field) c where c.is_writable and c.column_name <> 'updated_at'
  union all
  select r.column_name from core.relations r where r.from_field_id = _field.id and r.column_name is not null;
end;

comment on function private.writable_columns(core.fields) is
  'The columns of a field that members write.';

create or replace function private.with_other_sides(field_id uuid) returns uuid[]
language sql stable
begin atomic
  select array_agg(distinct id)
  from (
    select with_other_sides.field_id as id
    union all
    select r.to_field_id from core.relations r where r.from_field_id = with_other_sides.field_id
    union all
    -- A morph field that points at others as well goes on without this one.
    select r.from_field_id from core.relations r where r.to_field_id = with_other_sides.field_id
      and not exists (select from core.relations s join core.fields f on f.id = s.from_field_id
                      where s.from_field_id = r.from_field_id and s.id <> r.id and f.type = 'MORPH_RELATION')
  ) x;
end;

comment on function private.with_other_sides(uuid) is
  'A field, and for a relation the fields on the other side too: one is nothing without the other.';

create or replace function private.columns_below(field_ids uuid[]) returns table (object_id uuid, name text)
language sql stable
begin atomic
  select f.object_id, c from core.fields f, private.columns_of(f) c
  where f.id = any(field_ids) and f.type not in ('RELATION', 'MORPH_RELATION')
  union
  select r.from_object_id, r.column_name from core.relations r
  where (r.from_field_id = any(field_ids) or r.to_field_id = any(field_ids)) and r.column_name is not null;
end;

comment on function private.columns_below(uuid[]) is
  'The columns that hold the values of these fields and the keys of their relations.';
