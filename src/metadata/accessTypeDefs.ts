/** What tells who may do what with a record, and why. */
import { gql } from "postgraphile/utils";

export const accessTypeDefs = gql`
  type AccessCan {
    read: Boolean!
    update: Boolean!
    "Deleting and restoring."
    delete: Boolean!
    destroy: Boolean!
  }
  type Access {
    can: AccessCan!
    "What decides, action by action: a role, a rule of rows, a policy."
    because: [String!]!
    "Fields that are held back from reading."
    hiddenFields: [String!]!
    "Fields that are held back from writing."
    frozenFields: [String!]!
  }
  extend type Query {
    "What a member or an API key may do with a record; oneself when nobody is named. Others need the permission roles."
    access(object: String!, recordId: UUID!, member: UUID): Access
  }
`;
