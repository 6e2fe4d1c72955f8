select private.define_field_type(
  'ACTOR',
  'Who did it, and through what.',
  '[{"suffix": "_source",              "type": "text", "default": "authz.actor_source()"},
    {"suffix": "_workspace_member_id", "type": "uuid", "default": "authz.member_id()"},
    {"suffix": "_name",                "type": "text", "default": "authz.actor_name()"}]',
  is_system => true
);
