-- A new workspace: its row, its schema, its four roles and its standard objects,
-- in one transaction.

create table if not exists private.standard_roles (
  name        text primary key,
  label       text not null,
  description text not null,
  permissions text[] not null
);

comment on table private.standard_roles is
  'The roles that every workspace starts with.';

insert into private.standard_roles values
  ('OWNER',  'Owner',  'Full access, and the workspace itself.', '{*}'),
  ('ADMIN',  'Admin',  'Every record, and the data model.', '{*.read,*.create,*.update,*.delete,*.destroy,data_model,members,roles,security,workspace,api_keys,views}'),
  ('MEMBER', 'Member', 'Reads and writes every record.', '{*.read,*.create,*.update,*.delete,views}'),
  ('GUEST',  'Guest',  'Reads every record.', '{*.read}')
on conflict (name) do update
  set label = excluded.label, description = excluded.description, permissions = excluded.permissions;

create table if not exists private.standard_objects (
  name       text primary key,
  place      int not null,
  definition jsonb not null
);

comment on table private.standard_objects is
  'The objects that every workspace starts with; each is a file in db/standard_objects/.';

create or replace function private.define_standard_object(place int, definition jsonb) returns void
language sql
begin atomic
  insert into private.standard_objects values (definition ->> 'nameSingular', place, definition)
  on conflict on constraint standard_objects_pkey do update
    set place = excluded.place, definition = excluded.definition;
end;

comment on function private.define_standard_object(int, jsonb) is
  'Declares an object that new workspaces start with, or changes it; called by the files in db/standard_objects/.';

create or replace function private.create_workspace(name text, subdomain text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid := authz.uuid_v7();
  _schema text;
  _object jsonb;
  _relation jsonb;
begin
  -- Named by the random end of the id: short, unguessable, and no label of anyone's.
  _schema := 'workspace_' || right(replace(_id::text, '-', ''), 12);
  perform set_config('relata.workspace_id', _id::text, true);

  begin
    insert into core.workspaces (id, name, subdomain, schema_name) values (_id, name, subdomain, _schema);
  exception when unique_violation then
    perform private.fail('NAMEX', 'That subdomain is taken.', 'data.subdomain');
  end;
  insert into core.roles (workspace_id, name, label, description, permissions, is_custom)
    select _id, r.name, r.label, r.description, r.permissions, false from private.standard_roles r;

  perform private.run(format('create schema %I', _schema));
  perform private.run(format('grant usage on schema %I to relata_reader', _schema));

  for _object in select definition from private.standard_objects order by place loop
    perform private.create_object(_id, _object || '{"isCustom": false}');
  end loop;
  for _object, _relation in
    select o.definition, r from private.standard_objects o, jsonb_array_elements(o.definition -> 'relations') r
    order by o.place
  loop
    perform private.create_field(
      (select f from core.objects f where f.workspace_id = _id and f.name_singular = _object ->> 'nameSingular'),
      (_relation - array['targetObject', 'targetFieldName', 'onDelete'])
        || jsonb_build_object('type', 'RELATION', 'isCustom', false, 'relation', _relation));
  end loop;
  perform private.touch_metadata(_id);
  return _id;
end
$$;

comment on function private.create_workspace(text, text) is
  'Makes a workspace with its standard objects and roles and answers its id; the transaction speaks for it from then on.';
