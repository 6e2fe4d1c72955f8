select private.define_field_type(
  'TEXT',
  'Text of any length up to 1 MB.',
  '[{"type": "text"}]',
  check_sql => 'octet_length(%1$s) <= 1048576'
);
