select private.define_field_type(
  'DATE_TIME',
  'An instant (ISO 8601), kept in UTC.',
  '[{"type": "timestamptz"}]'
);
