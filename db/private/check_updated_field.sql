-- What a field may become.

create or replace function private.check_updated_field(_old core.fields, _new core.fields, data jsonb) returns void
language plpgsql
as $$
declare
  _object core.objects;
begin
  select * into strict _object from core.objects o where o.id = _old.object_id;
  perform private.check_label(_new.label, 'data.label');
  if _old.is_system and (data - array['id', 'label', 'description', 'icon', 'type']) <> '{}' then
    perform private.fail('INPUT', 'Relata keeps that field: only its label, description and icon may change.', 'data.id');
  elsif _old.is_active and not _new.is_active and _object.label_field = _old.name then
    perform private.fail('INUSE', 'Records are called by that field: choose another label first.', 'data.isActive');
  elsif _new.name <> _old.name and not _old.is_custom then
    perform private.fail('NAMER', 'A standard field keeps its name; its label may change.', 'data.name');
  elsif _old.type in ('RELATION', 'MORPH_RELATION') and (_new.is_nullable, _new.is_unique, _new.default_value) is distinct from (_old.is_nullable, _old.is_unique, _old.default_value) then
    perform private.fail('RELAT', 'A relation keeps its kind: neither required nor unique, and no default value.', 'data');
  elsif _new.is_unique and _new.default_value is not null and _new.type <> 'UUID' then
    perform private.fail('DEFLT', 'A unique field has no default value: two records would share it.', 'data.defaultValue');
  elsif not _new.is_nullable and _new.default_value is null and _new.type <> 'RELATION' and not _old.is_system
    and data -> 'defaultValue' = 'null' and _old.default_value is not null and not _old.is_custom then
    perform private.fail('DEFLT', 'A standard field that may not be empty keeps a default value.', 'data.defaultValue');
  end if;
  if _new.name <> _old.name then
    perform private.check_name(_new.name, 'data.name');
    perform private.check_field_name(_object, _new.name, _new.type, 'data.name', _old.id, _old.column_name is null);
    if _old.column_name is not null then
      _new.column_name := private.snake_case(_new.name) || case _new.type when 'RELATION' then '_id' else '' end;
      perform private.check_columns(_new, 'data.name');
    end if;
  end if;
  if data ? 'options' then
    perform private.check_options(t, data) from core.field_types t where t.name = _new.type;
  end if;
  if _new.settings is distinct from _old.settings then
    perform private.check_settings(_new.type, private.without_derived(_new.settings));
    if exists (select p.column_name, p.type from private.field_parts(_old) p except select p.column_name, p.type from private.field_parts(_new) p)
      or _new.settings ? 'formula' <> _old.settings ? 'formula' or _new.settings ? 'rollup' <> _old.settings ? 'rollup'
      or _new.settings -> 'isCaseInsensitive' is distinct from _old.settings -> 'isCaseInsensitive' then
      perform private.fail('TYPEX', 'That setting decides the column''s type and stays as it is.', 'data.settings');
    end if;
  end if;
end
$$;

comment on function private.check_updated_field(core.fields, core.fields, jsonb) is
  'Nothing when a field may become what was asked; an error with the path otherwise.';
