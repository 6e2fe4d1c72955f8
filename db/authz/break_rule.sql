-- Where a rule's check ends up when its expression is false: the error is made here,
-- so that whoever writes, through whatever channel, reads the rule's own words and
-- nobody has to look them up. Volatile, or the planner would call it at once.

create or replace function authz.break_rule(rule text, message text) returns boolean
language plpgsql volatile
as $$
begin
  raise exception using errcode = 'RULED', message = message, constraint = rule;
end
$$;

comment on function authz.break_rule(text, text) is
  'Fails with CHECK_FAILED and the words of a rule that a record breaks; called by the rule''s own check.';
grant execute on function authz.break_rule(text, text) to relata_writer;
