select private.define_field_type(
  'SELECT',
  'One of the field''s options.',
  '[{"type": "text"}]',
  check_sql => '%1$s = any (array[%2$s]::text[])'
);
