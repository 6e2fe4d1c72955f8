select private.define_field_type(
  'POSITION',
  'Where a record stands among its kind; new ones come first.',
  '[{"type": "float8", "default": "-extract(epoch from clock_timestamp())"}]',
  is_system => true
);
