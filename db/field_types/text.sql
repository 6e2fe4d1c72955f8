select private.define_field_type(
  'TEXT',
  'Text of any length up to 1 MB.',
  '[{"type": "text", "check": "octet_length({column}) <= 1048576", "isSearched": true}]',
  settings => '{"displayedMaxRows": {"type": "integer", "minimum": 0, "maximum": 99}, "isCaseInsensitive": {"type": "boolean", "decidesApi": true}}'
);
