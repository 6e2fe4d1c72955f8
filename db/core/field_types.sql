-- A field type says which columns a field becomes, and what each of them takes. Each
-- type is one file in db/field_types/, and adding one touches no other.

create table if not exists core.field_types (
  name        text primary key check (name ~ '^[A-Z][A-Z_]*$'),
  description text not null,
  columns     jsonb not null,
  settings    jsonb not null default '{}',
  options     jsonb,
  is_system   boolean not null default false
);

comment on table core.field_types is
  E'@behavior -*\n'
  'What a field may be; the file db/field_types/<type>.sql declares each.';
comment on column core.field_types.columns is
  'The columns a field becomes: a list of {part, type, variants, default, functions, literal, check, options, isRequired, isUnique, isSearched, goesWith, unites}, told in db/README.md; all SQL in it is ours, never an admin''s.';
comment on column core.field_types.settings is
  'What settings a field may have, each with its rule: {enum} or {type, minimum, maximum, items}, with required, default, and decidesApi.';
comment on column core.field_types.options is
  'The choices that every field of the type has; an empty list when each field has its own, null when it has none.';
comment on column core.field_types.is_system is
  'Kept by Relata on every object; cannot be asked for.';

-- The same for every workspace, so it holds nothing to hide.
grant select on core.field_types to relata_reader;

create or replace function private.define_field_type(
  name text, description text, columns jsonb, settings jsonb default '{}', options jsonb default null,
  is_system boolean default false
) returns void
language sql
begin atomic
  insert into core.field_types values (name, description, columns, settings, options, is_system)
  on conflict on constraint field_types_pkey do update
    set description = excluded.description, columns = excluded.columns, settings = excluded.settings,
        options = excluded.options, is_system = excluded.is_system;
end;

comment on function private.define_field_type(text, text, jsonb, jsonb, jsonb, boolean) is
  'Declares a field type, or changes it; called by the files in db/field_types/.';
