/** What changes of rules and indexes take. */
import { gql } from "postgraphile/utils";

export const ruleTypeDefs = gql`
  input CreateRuleInput {
    objectId: UUID!
    "camelCase: what errors call it."
    name: String!
    "What a person reads who breaks the rule."
    message: String
    "What must hold, as a tree or a text: closeDate >= createdAt. When it is null, the rule holds."
    expression: JSON!
    "Lets the records there are break the rule, until they are written again."
    onlyNewRecords: Boolean
    "CHECK."
    kind: String
  }
  input UpdateRuleInput {
    name: String
    message: String
    expression: JSON
    onlyNewRecords: Boolean
  }
  input CreateIndexInput {
    objectId: UUID
    "The same as objectId."
    objectMetadataId: UUID
    "One to eight, in their order."
    fields: [IndexFieldInput!]!
    "BTREE, to compare and sort; GIN, to look into texts, lists and JSON."
    type: String
    "The same as type."
    indexType: String
    "Whether no two living records may have the same values."
    isUnique: Boolean
  }
  input IndexFieldInput {
    fieldId: UUID
    "The same as fieldId."
    fieldMetadataId: UUID
    "Of a composite, which of its values."
    part: String
    "The same as part."
    subFieldName: String
  }
  input CreateOneRuleInput {
    rule: CreateRuleInput!
  }
  input UpdateOneRuleInput {
    id: UUID!
    update: UpdateRuleInput!
  }
  input DeleteOneRuleInput {
    id: UUID!
  }
  input CreateOneIndexInput {
    index: CreateIndexInput!
  }
  input DeleteOneIndexInput {
    id: UUID!
  }
`;
