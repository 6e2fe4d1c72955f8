select private.define_standard_object(10, $json${
  "nameSingular": "workspaceMember", "namePlural": "workspaceMembers", "icon": "IconUserCircle",
  "description": "A colleague: how members of the workspace know each other.",
  "isSystem": true,
  "searchFields": ["firstName", "lastName", "userEmail"],
  "fields": [
    {"name": "firstName", "type": "TEXT", "label": "First name"},
    {"name": "lastName", "type": "TEXT", "label": "Last name"},
    {"name": "name", "type": "TEXT", "description": "First and last name.", "settings": {"formula":
      {"op": "nullIf", "args": [{"op": "trim", "args": [{"op": "concat", "args": [{"field": "firstName"}, " ", {"field": "lastName"}]}]}, ""]}}},
    {"name": "userEmail", "type": "TEXT", "label": "Email"},
    {"name": "userId", "type": "UUID", "label": "User"},
    {"name": "avatarUrl", "type": "TEXT", "label": "Avatar"},
    {"name": "locale", "type": "TEXT", "defaultValue": "en"},
    {"name": "timeZone", "type": "TEXT", "label": "Time zone", "defaultValue": "UTC"}
  ]
}$json$);
