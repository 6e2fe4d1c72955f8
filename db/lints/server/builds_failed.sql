-- What was to be built over a large table's records, and could not be: the field, index or
-- rule is there, and does not hold.
--
-- Level: warning
-- Mend: mend the records that the reason names, then change the field, index or rule once more
select format('%s of %s: index %s: %s', o.name_singular, w.subdomain, i.name, i.status_reason) as fault
from core.indexes i join core.objects o on o.id = i.object_id join core.workspaces w on w.id = i.workspace_id
where i.status = 'FAILED'
union all
select format('%s of %s: field %s: %s', o.name_singular, w.subdomain, f.name, f.status_reason)
from core.fields f join core.objects o on o.id = f.object_id join core.workspaces w on w.id = f.workspace_id
where f.status = 'FAILED'
union all
select format('%s of %s: rule %s: %s', o.name_singular, w.subdomain, r.name, r.status_reason)
from core.rules r join core.objects o on o.id = r.object_id join core.workspaces w on w.id = r.workspace_id
where r.status = 'FAILED';
