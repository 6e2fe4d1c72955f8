select private.define_field_type(
  'MULTI_SELECT',
  'Any of the field''s options.',
  $json$[{
    "type": "text[]", "default": "'{}'", "isUnique": false, "unites": {},
    "check": "{column} <@ {options} and coalesce(array_ndims({column}), 1) = 1 and cardinality({column}) <= cardinality({options})"
  }]$json$,
  options => '[]'
);
