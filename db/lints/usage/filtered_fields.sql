-- A saved view filters or sorts records by a field without an index: each look at it reads
-- the whole table. Views are what Relata keeps of how records are asked for; of other
-- queries whole_reads tells.
--
-- Level: warning
with asked (workspace_id, field_id, part, operand) as (
  select v.workspace_id, v.field_id, v.sub_field_name, v.operand from core.view_filters v
  join core.views w on w.id = v.view_id
  where v.deleted_at is null and w.deleted_at is null
    and v.operand in ('IS', 'IS_RELATIVE', 'IS_TODAY', 'IS_BEFORE', 'IS_AFTER', 'LESS_THAN_OR_EQUAL', 'GREATER_THAN_OR_EQUAL')
  union
  select s.workspace_id, s.field_id, null, 'sort' from core.view_sorts s
  join core.views w on w.id = s.view_id
  where s.deleted_at is null and w.deleted_at is null
)
select distinct format('%s.%I', c.oid::regclass, a.attname) as fault,
       format('createOneIndex(data: {objectId: "%s", fields: [{fieldId: "%s"%s}]}) on /metadata', f.object_id, f.id,
              case when p.part is not null then format(', part: "%s"', p.part) end) as mend
from asked q
join core.fields f on f.id = q.field_id
join pg_class c on c.oid = to_regclass(private.table_of(f.object_id))
cross join lateral private.field_parts(f) p
join pg_attribute a on a.attrelid = c.oid and a.attname = p.column_name and not a.attisdropped
where c.reltuples >= 10000
  and (q.part is null or q.part = p.part)
  and f.type not in ('RELATION', 'MORPH_RELATION')
  and not exists (select from pg_index i where i.indrelid = c.oid and i.indisvalid and i.indkey[0] = a.attnum);
