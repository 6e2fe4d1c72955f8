-- What policies ask about the rules of rows. authz.claim puts into the transaction for
-- which permissions the caller sees some records only (conditions), by which rules (rules),
-- and what these need to know of him (my_, with_my_). Without a claim nothing is open.

create or replace function authz.is_conditional(permission text) returns boolean
language sql stable parallel safe
return coalesce(strpos(nullif(pg_catalog.current_setting('relata.conditions', true), ''), ',' || permission || ',') <> 0, true);

comment on function authz.is_conditional(text) is
  'Whether rules decide which records the caller has a permission (companies.read) for.';
grant execute on function authz.is_conditional(text) to relata_reader;

-- Stands bare in policies, where all else is a sub-select: decision 0013.
create or replace function authz.open_from(permission text) returns uuid
language sql stable parallel safe
return case
  when pg_catalog.current_setting('relata.conditions', true) = ',' then '00000000-0000-0000-0000-000000000000'::uuid
  when strpos(nullif(pg_catalog.current_setting('relata.conditions', true), ''), ',' || permission || ',') = 0
    then '00000000-0000-0000-0000-000000000000'::uuid end;

comment on function authz.open_from(text) is
  'From which id on records are open without a rule: the first when no rule is asked for the permission, none (null) otherwise. So written, the planner knows beforehand which of the two it is.';
grant execute on function authz.open_from(text) to relata_reader;

create or replace function authz.has_rule(rule_id text, action text) returns boolean
language sql stable parallel safe
return coalesce(strpos(nullif(pg_catalog.current_setting('relata.rules', true), ''), ',' || rule_id || '.' || action || ',') <> 0, false);

comment on function authz.has_rule(text, text) is
  'Whether a rule of rows opens records to the caller, for an action.';
grant execute on function authz.has_rule(text, text) to relata_reader;

create or replace function authz.my(column_name text) returns text
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.my_' || column_name, true), '');

comment on function authz.my(text) is
  'A field of the caller''s own workspaceMember that rules of rows are about; null when it is empty.';
grant execute on function authz.my(text) to relata_reader;

create or replace function authz.colleagues(column_name text) returns uuid[]
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.with_my_' || column_name, true), '')::uuid[];

comment on function authz.colleagues(text) is
  'The members in whom a field is as in the caller, himself among them; null when he has no value there.';
grant execute on function authz.colleagues(text) to relata_reader;

create or replace function authz.require_explain() returns void
language plpgsql stable
as $$
begin
  perform authz.require_permission('data_model');
  if coalesce(current_setting('relata.conditions', true), '') <> ',' then
    raise exception using errcode = '42501',
      message = 'A plan tells how many records there are: it is not for whom rules hold some back.';
  end if;
end
$$;

comment on function authz.require_explain() is
  'Nothing when the caller shapes the data model and sees every record that he has a permission for; PERMISSION_DENIED otherwise. (Fields are held back from nobody who shapes the data model.)';
grant execute on function authz.require_explain() to relata_reader;
