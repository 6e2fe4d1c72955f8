-- What may stand below a column of a view, or above one of a board: which types of
-- field can be added up in which way.

create table if not exists private.aggregate_operations (
  operation   text primary key,
  field_types text[]
);

comment on table private.aggregate_operations is
  'Which types of field each aggregate operation is for; null for any.';

insert into private.aggregate_operations values
  ('COUNT',       null),
  ('MIN',         '{NUMBER,NUMERIC,CURRENCY,DATE,DATE_TIME}'),
  ('MAX',         '{NUMBER,NUMERIC,CURRENCY,DATE,DATE_TIME}'),
  ('AVG',         '{NUMBER,NUMERIC,CURRENCY}'),
  ('SUM',         '{NUMBER,NUMERIC,CURRENCY}'),
  ('COUNT_TRUE',  '{BOOLEAN}'),
  ('COUNT_FALSE', '{BOOLEAN}')
on conflict (operation) do update set field_types = excluded.field_types;

create or replace function private.check_aggregate(_field core.fields, operation text, path text) returns void
language plpgsql stable
as $$
declare
  _types text[];
begin
  select a.field_types into _types from private.aggregate_operations a where a.operation = check_aggregate.operation;
  -- The others count values, of which a relation has none of its own.
  if _types is not null and _field.type <> all (_types)
    or not found and _field.type in ('RELATION', 'MORPH_RELATION') then
    perform private.fail_listed('VIEWS', format('A field of type %s has no %s.', _field.type, check_aggregate.operation), path);
  end if;
end
$$;

comment on function private.check_aggregate(core.fields, text, text) is
  'Nothing when a view may aggregate the field so; METADATA_VALIDATION_FAILED otherwise.';
