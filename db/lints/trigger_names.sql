-- Triggers of a table run in the order of their names, so the names carry it.
--
-- Level: note
-- Mend: alter trigger … on … rename to _<three digits>_<name>
select format('%s: trigger %s has no place in the order', t.tgrelid::regclass, t.tgname) as fault
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal
  and (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and t.tgname !~ '^_[0-9]{3}_';
