select private.define_field_type(
  'NUMBER',
  'A number: in double precision (15 digits), or whole when settings.dataType is int or bigint.',
  '[{"type": "float8", "variants": {"float": "float8", "int": "int4", "bigint": "int8"}}]'
);
