select private.define_field_type(
  'MORPH_RELATION',
  'Another record, of one of several objects: a foreign key for each of them, of which at most one is set.',
  '[]'
);
