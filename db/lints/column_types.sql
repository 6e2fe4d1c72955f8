-- Types that lose something: instants without a zone, money with a locale, text
-- with padding, JSON that cannot be compared, numbers from a sequence.
--
-- Level: warning
-- Mend: alter table … alter column … type timestamptz (numeric, text, jsonb, uuid) using …; `relata drift` then tells what the metadata makes of it
select format('%s.%I is %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod)) as fault
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and a.attnum > 0
  and not a.attisdropped
  and (a.atttypid in ('timestamp'::regtype, 'timetz'::regtype, 'money'::regtype, 'bpchar'::regtype, 'json'::regtype)
    or a.attidentity <> '');
