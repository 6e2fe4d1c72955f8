/** The documents that a compiled schema has seen: parsed, measured and validated once, the same object each time, so that it finds its plan again. */
import { createHash } from "node:crypto";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { RelataError, toRelataError } from "../errors.ts";
import { Lru } from "../lru.ts";
import type { Limits } from "./limits.ts";
import { assertWithinLimits, type DocumentSize, sizeOf } from "./queryLimits.ts";
import { assertFewRows, type Lists, listsOf } from "./queryRows.ts";
import { unquoted } from "./unquoted.ts";

/** A document, and why it may not run if so. */
export type ParsedDocument = {
  document: DocumentNode | undefined;
  errors: readonly GraphQLError[] | undefined;
  asksSchema?: boolean;
};

/** What pages a schema knows of. */
export type PageSizes = { defaultPageSize: number; maxPageSize: number };

export type CompiledSchema = {
  schema: GraphQLSchema;
  /** The document, refused when it is more than `limits` allow. */
  parseAndValidate(query: string, limits: Limits): ParsedDocument;
  /** LIMIT_EXCEEDED when the operation reads or writes too many records. */
  assertFewRows(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>> | null | undefined,
    limits: Limits,
  ): void;
};

/** `fits`: the limits that it was last held to, and found small enough for. */
type Read = { document: DocumentNode; size: DocumentSize; fits?: Limits; validated?: ParsedDocument };

const DOCUMENTS_PER_SCHEMA = 200;
/** Longer texts are known by their hash. */
const MAX_KEY_LENGTH = 4000;
const MAX_TOKENS = 10_000;

const refused = (document: DocumentNode | undefined, { message, extensions }: RelataError): ParsedDocument => ({
  document,
  errors: [new GraphQLError(message, { extensions })],
});

function read(query: string): Read | ParsedDocument {
  try {
    const document = parse(query, { maxTokens: MAX_TOKENS });
    return { document, size: sizeOf(document) };
  } catch (error) {
    if (!(error instanceof GraphQLError)) return refused(undefined, new RelataError("LIMIT_EXCEEDED", "The document nests too deep."));
    const { message, source, positions } = error;
    const shown = { source: source ?? null, positions: positions ?? null, extensions: { code: "GRAPHQL_PARSE_FAILED" } };
    return { document: undefined, errors: [new GraphQLError(unquoted(message), shown)] };
  }
}

function validated(schema: GraphQLSchema, document: DocumentNode, query: string): ParsedDocument {
  const errors = validate(schema, document, specifiedRules, { maxErrors: 20 });
  const coded = errors.map(
    ({ message, nodes }) =>
      new GraphQLError(unquoted(message), { nodes: nodes ?? null, extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }),
  );
  return { document, errors: errors.length ? coded : undefined, asksSchema: /\b__(schema|type)\b/.test(query) };
}

const isFragment = (node: { kind: Kind }): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION;

/** Wraps a schema so that documents are parsed and validated once. Too much is refused before it is validated, which would take long. */
export function withDocuments(schema: GraphQLSchema, { defaultPageSize, maxPageSize }: PageSizes): CompiledSchema {
  const documents = new Lru<string, Read | ParsedDocument>(DOCUMENTS_PER_SCHEMA);
  const lists = new WeakMap<OperationDefinitionNode, Lists>();

  return {
    schema,
    parseAndValidate(query, limits) {
      const key = query.length > MAX_KEY_LENGTH ? createHash("sha256").update(query).digest("base64") : query;
      let known = documents.get(key);
      if (!known) documents.set(key, (known = read(query)));
      if (!("size" in known)) return known;
      if (known.fits !== limits) {
        try {
          assertWithinLimits(known.size, limits);
          known.fits = limits;
        } catch (error) {
          return refused(known.document, toRelataError(error)!);
        }
      }
      return (known.validated ??= validated(schema, known.document, query));
    },
    assertFewRows(document, operation, variables, limits) {
      let found = lists.get(operation);
      if (!found) {
        const fragments = new Map(document.definitions.filter(isFragment).map((node) => [node.name.value, node]));
        lists.set(operation, (found = listsOf(schema, operation, fragments, defaultPageSize)));
      }
      assertFewRows(found, variables, limits, maxPageSize);
    },
  };
}
