select private.define_field_type(
  'NUMBER',
  'A number: in double precision (15 digits), or whole when settings.dataType is int or bigint.',
  $json$[{
    "type": "float8", "variants": {"float": "float8", "int": "int4", "bigint": "int8"},
    "check": "{column}::float8 > '-Infinity' and {column}::float8 < 'Infinity'"
  }]$json$,
  settings => '{
    "dataType": {"enum": ["float", "int", "bigint"], "decidesApi": true},
    "decimals": {"type": "integer", "minimum": 0, "maximum": 14},
    "type": {"enum": ["number", "percentage"]}}'
);
