-- What of a table whoever asks may read: merging and finding duplicates read whole
-- records, and a column that a DBA has revoked is not among them.

create or replace function core.readable_columns(tbl regclass) returns text
language sql stable
begin atomic
  select string_agg(format('%I', a.attname), ', ' order by a.attnum)
  from pg_catalog.pg_attribute a
  where a.attrelid = tbl and a.attnum > 0 and not a.attisdropped and has_column_privilege(tbl, a.attnum, 'select');
end;

comment on function core.readable_columns(regclass) is
  'The columns of a table that the caller may read, as they stand in a select.';
grant execute on function core.readable_columns(regclass) to relata_reader;
