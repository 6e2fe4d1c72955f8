/** Lists of changes, and what every change answers. */
import { gql } from "postgraphile/utils";

export const changeTypeDefs = gql`
  input ChangeInput {
    "createObject, updateField, deleteIndex, createView, addMorphTarget, updateRelation, …: what, and of what."
    kind: String!
    "What the mutation of that name takes as data; with the id of what is changed or deleted."
    data: JSON!
  }

  type AppliedChanges {
    changes: [AppliedChange!]!
    report: ChangeReport!
    "Whether it was only planned: done for real, and taken back."
    isPlan: Boolean!
  }

  type AppliedChange {
    kind: String!
    "The object, field, … that was changed."
    id: UUID
    "What undoChange takes."
    changeId: UUID!
    "The SQL that ran."
    statements: [String!]!
  }

  "What became of the database, as its catalog tells."
  type ChangeReport {
    "Tables that were created, removed, renamed or rewritten."
    tables: [ChangedTable!]!
    "Locks that others may have to wait for until the change is made."
    locks: [ChangeLock!]!
    "What of the GraphQL API comes and goes: Company.rating, Query.rockets."
    api: AddedAndRemoved!
    "Policies and grants that come and go."
    access: AddedAndRemoved!
    "What is left to jobs, as the tables are large; its status is BUILDING meanwhile, and then READY or FAILED."
    jobs: [ChangeJob!]!
    "How long it took, and so at most how long a lock was held."
    milliseconds: Float!
  }

  type ChangedTable {
    table: String!
    "CREATED, REMOVED, RENAMED or REWRITTEN."
    effect: String!
    "How many rows were rewritten."
    rows: Int!
  }

  type ChangeJob {
    "As field company.score, rule company.positive."
    of: String!
    "FILL, CHECKS, REQUIRED, UNIQUE, KEYS or INDEXES, one after the other."
    steps: [String!]!
  }

  type ChangeLock {
    table: String!
    "As PostgreSQL calls it: AccessExclusiveLock."
    mode: String!
    "WRITES or READS_AND_WRITES."
    blocks: String!
  }

  type AddedAndRemoved {
    added: [String!]!
    removed: [String!]!
  }
`;
