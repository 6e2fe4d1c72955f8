-- Read-only: authz says who it is, and private.tg__record_updated writes updatedBy.
select private.define_field_type(
  'ACTOR',
  'Who did it, and through what.',
  $json$[
    {"part": "source", "type": "text", "default": "authz.actor_source()", "options": [
      "EMAIL", "CALENDAR", "WORKFLOW", "AGENT", "API", "IMPORT", "MANUAL", "SYSTEM", "WEBHOOK", "APPLICATION"]},
    {"part": "workspaceMemberId", "type": "uuid", "default": "authz.member_id()"},
    {"part": "name", "type": "text", "default": "authz.actor_name()"},
    {"part": "context", "type": "jsonb"}
  ]$json$,
  is_system => true
);
