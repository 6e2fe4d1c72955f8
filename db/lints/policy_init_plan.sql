-- A question that stands in a sub-select is asked once a query; a bare one is asked
-- once a row. What is left of a policy without its sub-selects asks nothing, but for three
-- that the planner has to know the answers of: docs/decisions/0013.
--
-- Level: warning
-- Mend: alter policy … using ((select authz.…())): a sub-select is asked once
with expressions as (
  select polrelid, polname, pg_get_expr(polqual, polrelid) as expression from pg_policy
  union all
  select polrelid, polname, pg_get_expr(polwithcheck, polrelid) from pg_policy
)
select format('%s: policy %s asks once a row: %s', polrelid::regclass, polname, expression) as fault
from expressions
where regexp_replace(expression, '\( SELECT ([^()]|\(([^()]|\(([^()]|\([^()]*\))*\))*\))*\)', '', 'g')
  ~ case when polname like 'rows\_%' then 'authz\.(?!open_from\(|member_id\(\)|colleagues\()' else 'authz\.' end;
