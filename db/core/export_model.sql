-- The data model of the caller's workspace as a document that another workspace can be
-- given (npm run relata -- model): only what somebody decided, without ids and times.

create or replace function private.export_object(model jsonb) returns jsonb
language sql immutable
return (
  select private.differing(model -> 'values', model -> 'baseline')
    || case when fields.all_ <> '{}' then jsonb_build_object('fields', fields.all_) else '{}' end
    || case when model -> 'rules' <> '{}' then jsonb_build_object('rules', (
         select jsonb_object_agg(r.key, private.differing(r.value -> 'values', r.value -> 'baseline')) from jsonb_each(model -> 'rules') r)) else '{}' end
    || case when model -> 'indexes' <> '[]' then jsonb_build_object('indexes', (
         select jsonb_agg(i -> 'values' order by n) from jsonb_array_elements(model -> 'indexes') with ordinality x (i, n))) else '{}' end
    || coalesce((select jsonb_build_object('views', v) from private.export_views(model -> 'views') v where v is not null), '{}')
  from (
    select coalesce(jsonb_object_agg(f.key, d.own), '{}') as all_
    from jsonb_each(model -> 'fields') f,
         private.differing(f.value -> 'values', f.value -> 'baseline') d (own)
    where (f.value ->> 'isCustom')::boolean and not (f.value ->> 'isSystem')::boolean or d.own <> '{}'
  ) fields
);

comment on function private.export_object(jsonb) is
  'An object of private.model_of as it is exported.';

create or replace function core.export_model() returns jsonb
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('data_model');
  return (
    select jsonb_build_object('relata', 1, 'objects', coalesce(jsonb_object_agg(o.key, e.own), '{}'))
    from jsonb_each(private.model_of(authz.workspace_id()) -> 'objects') o,
         private.export_object(o.value) e (own)
    where (o.value ->> 'isCustom')::boolean and not (o.value ->> 'isSystem')::boolean or e.own <> '{}');
end
$$;

comment on function core.export_model() is
  'The data model of the caller''s workspace: {relata, objects: {name: {…, fields: {name: {…}}}}}, each with what is not as it comes. Needs data_model.';
grant execute on function core.export_model() to relata_admin;
