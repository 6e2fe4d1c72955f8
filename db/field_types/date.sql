select private.define_field_type(
  'DATE',
  'A day of the calendar (ISO 8601).',
  '[{"type": "date"}]'
);
