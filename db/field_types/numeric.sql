select private.define_field_type(
  'NUMERIC',
  'An exact decimal number, sent as a string.',
  $json$[{"type": "numeric", "check": "{column} > '-Infinity' and {column} < 'Infinity'"}]$json$
);
