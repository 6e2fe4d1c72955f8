select private.define_field_type(
  'NUMERIC',
  'An exact decimal number, sent as a string.',
  '[{"type": "numeric"}]'
);
