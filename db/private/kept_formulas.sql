-- A generated column that is added to a table rewrites it. On a large one a formula is
-- a plain column instead, which a trigger computes by the same SQL, and which a job
-- fills (decision 0007). One function an object, for all such formulas of it.

create or replace function private.kept_formulas_name(object_id uuid) returns text
language sql immutable
return 'private.formulas_of_' || replace(object_id::text, '-', '');

comment on function private.kept_formulas_name(uuid) is
  'What the trigger function of an object''s kept formulas is called.';

create or replace function private.kept_formulas_body(object_id uuid) returns text
language plpgsql stable
as $$
declare
  _body text;
begin
  -- The record's columns stand in a row of their own, as the SQL of formulas knows nothing of NEW.
  select format(E'\n#variable_conflict use_column\nbegin\n  select %s into %s from (select new.*) record;\n  return new;\nend\n',
                string_agg(private.formula_sql(f), ', ' order by f.id), string_agg(format('new.%I', f.column_name), ', ' order by f.id))
    into _body
    from core.fields f
    where f.object_id = kept_formulas_body.object_id and f.is_kept and not (f.status = 'FAILED' and private.is_filling(f))
    having count(*) > 0;
  return _body;
end
$$;

comment on function private.kept_formulas_body(uuid) is
  'The body of the trigger function that computes an object''s kept formulas; null when it has none.';

create or replace function private.build_kept_formulas(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
  _name text := private.kept_formulas_name(object_id);
  _body text := private.kept_formulas_body(object_id);
  _is_there boolean := exists (select from pg_trigger t where t.tgrelid = _tbl::regclass and t.tgname = '_500_formulas');
begin
  if _is_there then
    -- Who is writing by the old function has to be seen by whoever fills by the new one.
    perform private.run(format('lock table %s in share row exclusive mode', _tbl));
  end if;
  if _body is not null then
    perform private.run(format('create or replace function %s() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as %L', _name, _body));
    if not _is_there then
      perform private.run(format('revoke all on function %s() from public', _name));
      perform private.run(format('comment on function %s() is %L', _name, 'Computes the formulas of an object''s records, as they are written.'));
      perform private.run(format('create trigger _500_formulas before insert or update on %s for each row execute function %s()', _tbl, _name));
    end if;
  elsif _is_there then
    perform private.run(format('drop trigger _500_formulas on %s', _tbl));
    perform private.run(format('drop function %s()', _name));
  end if;
end
$$;

comment on function private.build_kept_formulas(uuid) is
  'Makes the trigger of an object''s kept formulas what it should be now.';

create or replace function private.keep_formula(_field core.fields) returns void
language plpgsql
as $$
begin
  if not _field.is_kept then
    perform private.run(format('alter table %s alter column %I drop expression', private.table_of(_field.object_id), _field.column_name));
    update core.fields f set is_kept = true where f.id = _field.id;
  end if;
  _field := private.build_later(_field.id, '{FILL}');
  perform private.build_kept_formulas(_field.object_id);
  perform private.comment_field(_field);
end
$$;

comment on function private.keep_formula(core.fields) is
  'Lets the column of a formula that has changed be computed by a trigger, and by a job for the records there are; nobody sees it meanwhile.';

create or replace function private.fill_batch(field_id uuid, after uuid, size int default 1000, out last uuid, out skipped int)
language plpgsql
as $$
declare
  _field core.fields;
  _tbl text;
  _set text;
  _wrong text;
  _ids uuid[];
  _filled int;
begin
  select * into _field from core.fields f where f.id = fill_batch.field_id and 'FILL' = any (f.building);
  if not found then
    return;
  end if;
  _tbl := private.table_of(_field.object_id);
  if _field.settings ? 'formula' then
    _wrong := format('%I is distinct from %s', _field.column_name, private.formula_sql(_field));
    _set := format('%I = %s', _field.column_name, private.formula_sql(_field));
  else
    select string_agg(format('%I is null', p.column_name), ' or '), string_agg(format('%1$I = coalesce(%1$I, %2$s)', p.column_name, d), ', ')
      into _wrong, _set
      from private.field_parts(_field) p, private.default_sql(_field, p.spec, p.type) d
      where d is not null and (p.is_required or p.part is null);
  end if;
  if _set is null then
    return;
  end if;
  execute format('select array_agg(id) filter (where wrong), (array_agg(id order by id desc))[1] from (select id, (%s) as wrong from %s where $1 is null or id > $1 order by id limit $2) x', _wrong, _tbl)
    into _ids, last using after, size;
  -- Rows that somebody has locked come later: who waits for none can be in nobody's way.
  perform set_config('relata.keeping', 'on', true);
  execute format('update %1$s t set %2$s where t.id = any (array(select id from %1$s where id = any ($1) for no key update skip locked)) and (%3$s)', _tbl, _set, _wrong)
    using _ids;
  get diagnostics _filled = row_count;
  perform set_config('relata.keeping', '', true);
  skipped := coalesce(cardinality(_ids), 0) - _filled;
end
$$;

comment on function private.fill_batch(uuid, uuid, int) is
  'Computes a field for some records behind the id `after`, in the order of ids: the last of them, null when there are no more, and how many have to wait.';
