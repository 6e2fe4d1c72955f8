/** What changes of rules of rows take. */
import { gql } from "postgraphile/utils";

export const rowRuleTypeDefs = gql`
  input RowRuleInput {
    "camelCase; a rule that has the name already is changed."
    name: String!
    label: String
    "read, create, update, delete, destroy: what it is about. All but create when nothing is said."
    actions: [String!]
    """
    What a record must fulfil: {op, args}, {field, part}, {member: "id" or a field of the caller's own
    workspaceMember}, {colleagues: a field}, {date}, {dateTime}, {now: "date" or "dateTime"} and literals.
    """
    predicate: JSON!
  }
  input UpsertRowRulesInput {
    roleId: UUID!
    objectId: UUID
    "The same as objectId."
    objectMetadataId: UUID
    "All that the role has for the object from now on: a record that one of them lets in is open. None: every record."
    rules: [RowRuleInput!]!
  }
  enum RowPredicateGroupOperator {
    AND
    OR
  }
  input RowLevelPermissionPredicateInput {
    id: UUID
    fieldMetadataId: UUID!
    operand: String!
    value: JSON
    subFieldName: String
    "Instead of a value: a field of the caller's own workspaceMember."
    workspaceMemberFieldMetadataId: UUID
    workspaceMemberSubFieldName: String
    rowLevelPermissionPredicateGroupId: UUID
    "The same as rowLevelPermissionPredicateGroupId."
    groupId: UUID
    positionInRowLevelPermissionPredicateGroup: Float
    position: Float
  }
  input RowLevelPermissionPredicateGroupInput {
    id: UUID!
    logicalOperator: RowPredicateGroupOperator!
    parentRowLevelPermissionPredicateGroupId: UUID
    "The same as parentRowLevelPermissionPredicateGroupId."
    parentGroupId: UUID
    positionInRowLevelPermissionPredicateGroup: Float
  }
  input UpsertRowLevelPermissionPredicatesInput {
    roleId: UUID!
    objectMetadataId: UUID!
    predicates: [RowLevelPermissionPredicateInput!]!
    predicateGroups: [RowLevelPermissionPredicateGroupInput!]
  }
  extend type Mutation {
    "Says by which rules a role opens the records of an object."
    upsertRowRules(
      input: UpsertRowRulesInput!
      "Only tells what it would do, under extensions.plan: whose records appear or vanish."
      plan: Boolean
    ): Role
    "The same, by predicates as other CRM servers have them: fields, operands of view filters and values."
    upsertRowLevelPermissionPredicates(input: UpsertRowLevelPermissionPredicatesInput!): Role
  }
`;
