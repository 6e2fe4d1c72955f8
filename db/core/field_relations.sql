-- A relation as each of its fields sees it: from itself, the source, to the other, the
-- target. What /metadata shows as field.relation and field.morphRelations.

create or replace view core.field_relations with (security_invoker = true) as
select r.from_field_id as field_id, r.workspace_id, r.type,
       r.from_object_id as source_object_id, r.from_field_id as source_field_id,
       r.to_object_id as target_object_id, r.to_field_id as target_field_id,
       r.column_name, r.junction_object_id, r.on_delete
from core.relations r
union all
select r.to_field_id, r.workspace_id, case r.type when 'MANY_TO_ONE' then 'ONE_TO_MANY' else r.type end,
       r.to_object_id, r.to_field_id, r.from_object_id, r.from_field_id,
       null, r.junction_object_id, r.on_delete
from core.relations r;

comment on view core.field_relations is
  E'@behavior -*\n'
  'A relation as each of its two fields sees it; reads core.relations as whoever asks.';

grant select on core.field_relations to relata_reader;
