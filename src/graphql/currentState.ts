/** After a write that came too late: what its record is now, read through the same schema as everything else. */
import { type DocumentNode, type ExecutionResult, type GraphQLObjectType, type GraphQLSchema, parse } from "graphql";
import { VersionConflict } from "../records/version.ts";
import { isPlain, plainSelection } from "./plainFields.ts";

/** Runs a document on the caller's behalf. */
type Read = (document: DocumentNode, variableValues: { id: string }) => Promise<ExecutionResult>;

const documents = new WeakMap<GraphQLSchema, Map<string, DocumentNode>>();

/** The query for all that is plain in one record, deleted or not. */
function documentFor(schema: GraphQLSchema, query: string): DocumentNode {
  let known = documents.get(schema);
  if (!known) documents.set(schema, (known = new Map()));
  let document = known.get(query);
  if (!document) {
    const type = schema.getQueryType()!.getFields()[query]!.type as GraphQLObjectType;
    const fields = type.getFields();
    const plain = Object.values(fields).filter(isPlain).map(plainSelection).join(" ");
    const anyway = fields["deletedAt"] ? ", or: [{ deletedAt: { is: NULL } }, { deletedAt: { is: NOT_NULL } }]" : "";
    const text = `query ($id: UUID!) { record: ${query}(filter: { id: { eq: $id }${anyway} }) { ${plain} } }`;
    known.set(query, (document = parse(text, { noLocation: true })));
  }
  return document;
}

/** Gives each conflict of `result` that has none the state that its record is in. */
export async function readCurrentStates({ errors }: ExecutionResult, schema: GraphQLSchema, read: Read): Promise<void> {
  for (const { originalError } of errors ?? []) {
    if (!(originalError instanceof VersionConflict) || originalError.current !== undefined) continue;
    const { data } = await read(documentFor(schema, originalError.query), { id: originalError.given.id });
    originalError.current = (data?.["record"] ?? null) as VersionConflict["current"];
  }
}
