-- How many records each object has: asked for beside every name in a menu, so large
-- tables answer what PostgreSQL has counted last.

create or replace function core.object_record_counts() returns table (object_name_plural text, total_count bigint)
language plpgsql stable
as $$
declare
  _object record;
begin
  for _object in
    select o.name_plural, c.oid::regclass as tbl, c.reltuples
    from core.objects o
    join core.workspaces w on w.id = o.workspace_id
    join pg_catalog.pg_namespace n on n.nspname = w.schema_name
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = o.table_name
    where o.is_active and authz.has_permission(o.name_plural || '.read')
    order by o.name_plural
  loop
    object_name_plural := _object.name_plural;
    total_count := _object.reltuples;
    if _object.reltuples < 10000 or authz.is_conditional(_object.name_plural || '.read') then
      execute format('select count(*) from %s where deleted_at is null', _object.tbl) into total_count;
    end if;
    return next;
  end loop;
end
$$;

comment on function core.object_record_counts() is
  'The number of living records of each object that the caller may read; of more than 10,000, about how many. Where rules decide which he sees, of these.';
grant execute on function core.object_record_counts() to relata_reader;
