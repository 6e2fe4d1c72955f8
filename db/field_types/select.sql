select private.define_field_type(
  'SELECT',
  'One of the field''s options.',
  '[{"type": "text", "check": "{column} = any ({options})"}]',
  options => '[]'
);
