select private.define_field_type(
  'RAW_JSON',
  'Any JSON object or list.',
  $json$[{"type": "jsonb", "isUnique": false, "check": "jsonb_typeof({column}) in ('object', 'array') and pg_column_size({column}) <= 1048576"}]$json$
);
