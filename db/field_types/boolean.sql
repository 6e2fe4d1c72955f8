select private.define_field_type(
  'BOOLEAN',
  'True or false.',
  '[{"type": "boolean"}]'
);
