select private.define_standard_object(80, $json${
  "nameSingular": "taskTarget", "namePlural": "taskTargets", "icon": "IconCheckbox",
  "description": "What a task is about.",
  "isSystem": true, "labelField": "id", "searchFields": [], "fields": [],
  "relations": [
    {"name": "task", "targetObject": "task", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetCompany", "targetObject": "company", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetPerson", "targetObject": "person", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "targetObject": "opportunity", "targetFieldName": "taskTargets", "onDelete": "CASCADE"}
  ]
}$json$);
