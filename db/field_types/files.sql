select private.define_field_type(
  'FILES',
  'A list of files.',
  $json$[{
    "type": "jsonb", "isUnique": false, "unites": {"key": "fileId"},
    "check": "case jsonb_typeof({column}) when 'array' then jsonb_array_length({column}) <= {maxNumberOfValues} and not {column} @? '$[*] ? (@.type() != \"object\" || @.fileId.type() != \"string\" || !(@.fileId like_regex \"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$\") || !(@.label.type() == \"string\"))' and pg_column_size({column}) <= 1048576 else {column} is null end"
  }]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 100, "required": true}}'
);
