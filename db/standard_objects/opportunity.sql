select private.define_standard_object(40, $json${
  "nameSingular": "opportunity", "namePlural": "opportunities", "icon": "IconTargetArrow",
  "description": "A deal that may be won.",
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "amount", "type": "NUMERIC"},
    {"name": "closeDate", "type": "DATE_TIME", "label": "Close date"},
    {"name": "stage", "type": "SELECT", "isNullable": false, "defaultValue": "NEW", "options": [
      {"value": "NEW", "label": "New", "color": "red"},
      {"value": "SCREENING", "label": "Screening", "color": "purple"},
      {"value": "MEETING", "label": "Meeting", "color": "sky"},
      {"value": "PROPOSAL", "label": "Proposal", "color": "turquoise"},
      {"value": "CUSTOMER", "label": "Customer", "color": "yellow"}]}
  ],
  "relations": [
    {"name": "company", "targetObject": "company", "targetFieldName": "opportunities"},
    {"name": "pointOfContact", "label": "Point of contact", "targetObject": "person", "targetFieldName": "pointOfContactForOpportunities"},
    {"name": "owner", "targetObject": "workspaceMember", "targetFieldName": "ownedOpportunities"}
  ]
}$json$);
