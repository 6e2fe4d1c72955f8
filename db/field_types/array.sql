select private.define_field_type(
  'ARRAY',
  'A list of texts.',
  $json$[{
    "type": "text[]", "default": "'{}'", "isUnique": false, "unites": {},
    "check": "cardinality({column}) <= {maxNumberOfValues} and coalesce(array_ndims({column}), 1) = 1 and array_position({column}, null) is null and pg_column_size({column}) <= 1048576"
  }]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 10000}}'
);
