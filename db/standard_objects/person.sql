select private.define_standard_object(30, $json${
  "nameSingular": "person", "namePlural": "people", "icon": "IconUser",
  "description": "Somebody you know, often a contact at a company.",
  "searchFields": ["firstName", "lastName", "email"],
  "duplicateCriteria": [["firstName", "lastName"], ["linkedinLink"], ["email"]],
  "fields": [
    {"name": "firstName", "type": "TEXT", "label": "First name"},
    {"name": "lastName", "type": "TEXT", "label": "Last name"},
    {"name": "name", "type": "TEXT", "description": "First and last name.", "settings": {"formula":
      {"op": "nullIf", "args": [{"op": "trim", "args": [{"op": "concat", "args": [{"field": "firstName"}, " ", {"field": "lastName"}]}]}, ""]}}},
    {"name": "email", "type": "TEXT", "isUnique": true, "settings": {"isCaseInsensitive": true}},
    {"name": "phone", "type": "TEXT"},
    {"name": "jobTitle", "type": "TEXT", "label": "Job title"},
    {"name": "city", "type": "TEXT"},
    {"name": "linkedinLink", "type": "TEXT", "label": "LinkedIn"},
    {"name": "avatarUrl", "type": "TEXT", "label": "Avatar"}
  ],
  "relations": [
    {"name": "company", "targetObject": "company", "targetFieldName": "contacts"}
  ]
}$json$);
