-- What formulas, rules and filters of rollups may compute. Each operator is a row;
-- its SQL is ours and made of immutable functions of pg_catalog, so that a formula
-- can be a generated column, and a rule a check.
--
-- Types: number, text, boolean, date, dateTime, id; and for arguments: any (all of
-- one type), anything, shown (made a text), whole (rounded to a whole number).

create table if not exists private.expression_operators (
  name        text not null check (name ~ '^[a-z][a-zA-Z]*$'),
  arguments   text[] not null,
  result      text not null,
  template    text not null,
  is_variadic boolean not null default false,
  symbol      text,
  primary key (name, arguments)
);

comment on table private.expression_operators is
  'The operators of expressions, by name and types of arguments.';
comment on column private.expression_operators.template is
  'SQL with %1$s for the first argument and so on.';
comment on column private.expression_operators.is_variadic is
  'More arguments may follow, as the last is: f(f(a, b), c).';
comment on column private.expression_operators.symbol is
  'How people write it between its arguments; null when by name.';

delete from private.expression_operators;

-- Nothing divided by zero is nothing. What is too large is an error of the write (VALUE_OUT_OF_RANGE).
insert into private.expression_operators (name, arguments, result, template, is_variadic, symbol) values
  ('add',      '{number,number}', 'number', '(%1$s + %2$s)', true, '+'),
  ('subtract', '{number,number}', 'number', '(%1$s - %2$s)', false, '-'),
  ('multiply', '{number,number}', 'number', '(%1$s * %2$s)', true, '*'),
  ('divide',   '{number,number}', 'number', '(%1$s / nullif(%2$s, 0))', false, '/'),
  ('modulo',   '{number,number}', 'number', 'mod(%1$s, nullif(%2$s, 0))', false, '%'),
  ('negate',   '{number}',        'number', '(- %1$s)', false, null),
  ('round',    '{number}',        'number', 'round(%1$s)', false, null),
  ('round',    '{number,whole}',  'number', 'round(%1$s, %2$s)', false, null),
  ('floor',    '{number}',        'number', 'floor(%1$s)', false, null),
  ('ceil',     '{number}',        'number', 'ceil(%1$s)', false, null),
  ('abs',      '{number}',        'number', 'abs(%1$s)', false, null);

-- Compared with nothing, the answer is nothing.
insert into private.expression_operators (name, arguments, result, template, symbol)
select o.name, array[t, t], 'boolean',
       -- Texts by their characters' numbers, whatever language the database speaks.
       format(case when t = 'text' and o.sql !~ '^(=|<>)$' then '(%%1$s %s %%2$s collate "C")' else '(%%1$s %s %%2$s)' end, o.sql),
       o.symbol
from (values ('equals', '=', '='), ('notEquals', '<>', '!='), ('less', '<', '<'), ('lessOrEqual', '<=', '<='),
             ('greater', '>', '>'), ('greaterOrEqual', '>=', '>=')) o (name, sql, symbol),
     unnest(array['number', 'text', 'date', 'dateTime', 'boolean', 'id']) t;

-- Logic has three values, as SQL's.
insert into private.expression_operators (name, arguments, result, template, is_variadic, symbol) values
  ('and',       '{boolean,boolean}', 'boolean', '(%1$s and %2$s)', true, 'and'),
  ('or',        '{boolean,boolean}', 'boolean', '(%1$s or %2$s)', true, 'or'),
  ('not',       '{boolean}',         'boolean', '(not %1$s)', false, null),
  ('if',        '{boolean,any}',     'any', 'case when %1$s then %2$s end', false, null),
  ('if',        '{boolean,any,any}', 'any', 'case when %1$s then %2$s else %3$s end', false, null),
  ('coalesce',  '{any,any}',         'any', 'coalesce(%1$s, %2$s)', true, null),
  ('nullIf',    '{any,any}',         'any', 'nullif(%1$s, %2$s)', false, null),
  ('min',       '{any,any}',         'any', 'least(%1$s, %2$s)', true, null),
  ('max',       '{any,any}',         'any', 'greatest(%1$s, %2$s)', true, null),
  ('isNull',    '{anything}',        'boolean', '(%1$s is null)', false, null),
  ('isNotNull', '{anything}',        'boolean', '(%1$s is not null)', false, null);

insert into private.expression_operators (name, arguments, result, template, is_variadic) values
  ('concat',     '{shown,shown}',    'text', '(coalesce(%1$s, '''') || coalesce(%2$s, ''''))', true),
  ('text',       '{shown}',          'text', '%1$s', false),
  ('upper',      '{text}',           'text', 'upper(%1$s)', false),
  ('lower',      '{text}',           'text', 'lower(%1$s)', false),
  ('trim',       '{text}',           'text', 'btrim(%1$s)', false),
  ('length',     '{text}',           'number', 'char_length(%1$s)::numeric', false),
  ('left',       '{text,whole}',     'text', 'left(%1$s, %2$s)', false),
  ('right',      '{text,whole}',     'text', 'right(%1$s, %2$s)', false),
  ('contains',   '{text,text}',      'boolean', '(strpos(%1$s, %2$s) > 0)', false),
  ('startsWith', '{text,text}',      'boolean', 'starts_with(%1$s, %2$s)', false),
  ('endsWith',   '{text,text}',      'boolean', '(right(%1$s, char_length(%2$s)) = %2$s)', false),
  -- Bounded, as replacing every letter by a book would fill the memory.
  ('replace',    '{text,text,text}', 'text', 'replace(left(%1$s, 10000), %2$s, left(%3$s, 100))', false);

-- A day of an instant is the day in UTC.
insert into private.expression_operators (name, arguments, result, template) values
  ('daysBetween', '{date,date}',      'number', '(%2$s - %1$s)::numeric'),
  ('addDays',     '{date,whole}',     'date', '(%1$s + %2$s)'),
  ('addMonths',   '{date,whole}',     'date', '(%1$s + make_interval(months => %2$s))::date'),
  ('addDays',     '{dateTime,whole}', 'dateTime', '(((%1$s at time zone ''UTC'') + make_interval(days => %2$s)) at time zone ''UTC'')'),
  ('addMonths',   '{dateTime,whole}', 'dateTime', '(((%1$s at time zone ''UTC'') + make_interval(months => %2$s)) at time zone ''UTC'')'),
  ('year',        '{date}',           'number', 'extract(year from %1$s)'),
  ('month',       '{date}',           'number', 'extract(month from %1$s)'),
  ('day',         '{date}',           'number', 'extract(day from %1$s)'),
  ('date',        '{date}',           'date', '%1$s');

create or replace function private.coercion_cost(source text, target text) returns int
language sql immutable
return case
  when source = 'nothing' or target = 'anything' or source = target then 0
  when source = 'date' and target = 'dateTime' then 1
  when source = 'dateTime' and target = 'date' then 2
  when source = 'number' and target = 'whole' then 0
  when target = 'shown' and source in ('text', 'number', 'boolean', 'date', 'id') then 0
end;

comment on function private.coercion_cost(text, text) is
  'What it costs to take an expression of one type for another; null when it cannot be.';

create or replace function private.coerce(sql text, source text, target text) returns text
language sql immutable
return case
  when source = 'nothing' then 'null::' || case target
    when 'number' then 'numeric' when 'boolean' then 'boolean' when 'date' then 'date' when 'dateTime' then 'timestamptz'
    when 'id' then 'uuid' when 'whole' then 'int4' else 'text' end
  when source = 'date' and target = 'dateTime' then format('(%s::timestamp at time zone ''UTC'')', sql)
  when source = 'dateTime' and target = 'date' then format('(%s at time zone ''UTC'')::date', sql)
  -- These three have no place among whole numbers, and saying so is an error that nobody could understand.
  when target = 'whole' then format('nullif(nullif(nullif(%s, ''NaN''), ''Infinity''), ''-Infinity'')::int4', sql)
  when target <> 'shown' or source = 'text' then sql
  when source = 'number' then format('trim_scale(%s)::text', sql)
  -- PostgreSQL writes dates as each session likes; this is ISO 8601 always.
  when source = 'date' then format(
    '(lpad(extract(year from %1$s)::text, 4, ''0'') || ''-'' || lpad(extract(month from %1$s)::text, 2, ''0'') || ''-'' || lpad(extract(day from %1$s)::text, 2, ''0''))', sql)
  else format('(%s)::text', sql)
end;

comment on function private.coerce(text, text, text) is
  'The SQL of an expression of one type, taken for another.';
