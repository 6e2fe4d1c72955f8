select private.define_field_type(
  'DATE_TIME',
  'An instant (ISO 8601), kept in UTC.',
  $json$[{"type": "timestamptz", "check": "isfinite({column})", "functions": {"now": "now()"}, "literal": "^\\d{4,6}-\\d\\d-\\d\\d"}]$json$,
  settings => '{"displayFormat": {"enum": ["RELATIVE", "USER_SETTINGS", "CUSTOM"]}}'
);
