select private.define_field_type(
  'TS_VECTOR',
  'What full-text search looks through; kept by PostgreSQL.',
  '[{"type": "tsvector"}]',
  is_system => true
);
