-- What Relata needs of PostgreSQL's own extensions, in a schema that no search_path has.
-- Run by src/migrate.ts as the administrator, before migrations; may be run again at any time.

create schema if not exists extensions;
grant usage on schema extensions to relata_owner, relata_reader;

do $$
declare
  _name text;
  _schema text;
begin
  foreach _name in array '{unaccent,pg_trgm}'::text[] loop
    _schema := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = _name);
    if _schema is null then
      execute format('create extension %I schema extensions', _name);
    elsif _schema <> 'extensions' then
      execute format('alter extension %I set schema extensions', _name);
    end if;
  end loop;
  -- pg_restore builds indexes before it grants anything: what their functions need must be the owner's own.
  if 'extensions'::regnamespace not in (select n.oid from pg_namespace n where n.nspowner = 'relata_owner'::regrole) then
    alter schema extensions owner to relata_owner;
  end if;
end
$$;
