select private.define_field_type(
  'RELATION',
  'Another record: a foreign key on the side of the many.',
  '[{"suffix": "_id", "type": "uuid"}]'
);
