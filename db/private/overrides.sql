-- What a workspace calls a standard object or field otherwise.

create or replace function private.overrides(is_custom boolean, _old jsonb, data jsonb, keys text[]) returns jsonb
language sql immutable
return case when is_custom then null else nullif(
  coalesce(_old, '{}') || coalesce((select jsonb_object_agg(k, v) from jsonb_each(data) x (k, v) where k = any(keys)), '{}'), '{}') end;

comment on function private.overrides(boolean, jsonb, jsonb, text[]) is
  'What a workspace calls a standard object or field, after another change; null for custom ones.';
