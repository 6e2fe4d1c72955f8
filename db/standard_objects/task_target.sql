select private.define_standard_object(80, $json${
  "nameSingular": "taskTarget", "namePlural": "taskTargets", "icon": "IconCheckbox",
  "description": "What a task is about.",
  "isSystem": true, "labelField": "id", "searchFields": [], "fields": [],
  "relations": [
    {"name": "task", "targetObject": "task", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetCompany", "isSystem": true, "targetObject": "company", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetPerson", "isSystem": true, "targetObject": "person", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "isSystem": true, "targetObject": "opportunity", "targetFieldName": "taskTargets", "onDelete": "CASCADE"}
  ]
}$json$);
