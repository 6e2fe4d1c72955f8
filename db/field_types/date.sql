select private.define_field_type(
  'DATE',
  'A day of the calendar (ISO 8601).',
  -- A day told by a word (tomorrow) would stay the day it was written.
  $json$[{"type": "date", "check": "isfinite({column})", "functions": {"now": "now()"}, "literal": "^\\d{4,6}-\\d\\d-\\d\\d"}]$json$,
  settings => '{"displayFormat": {"enum": ["RELATIVE", "USER_SETTINGS", "CUSTOM"]}}'
);
