/**
 * Persisted documents: a folder of GraphQL files, each known by the SHA-256 of its
 * text. A request names one by `documentId` (GraphQL over HTTP) or by
 * `extensions.persistedQuery.sha256Hash`. With PERSISTED_DOCUMENTS_ONLY nothing else runs.
 */
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RelataError } from "../errors.ts";

/** What of a request's body says which document it is for. */
export type Asked = { query?: unknown; documentId?: unknown; extensions?: unknown };

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The documents in `folder` by their hashes; an Error in one sentence when there is no such folder, or none in it. */
function readDocuments(folder: string): Map<string, string> {
  const files = globSync("**/*.{graphql,gql}", { cwd: folder });
  if (!files.length) throw new Error(`PERSISTED_DOCUMENTS_DIR ${folder} holds no .graphql files.`);
  return new Map(files.map((file) => readFileSync(join(folder, file), "utf8")).map((text) => [hashOf(text), text]));
}

/** The hash that a request names, and by which name. */
function namedBy({ documentId, extensions }: Asked): { hash: string; field: string } | undefined {
  if (documentId != null) return { hash: String(documentId).replace(/^sha256:/, ""), field: "documentId" };
  const { persistedQuery } = (typeof extensions === "object" && extensions ? extensions : {}) as { persistedQuery?: unknown };
  if (persistedQuery == null) return undefined;
  return { hash: String((persistedQuery as { sha256Hash?: unknown }).sha256Hash), field: "extensions.persistedQuery.sha256Hash" };
}

export class PersistedDocuments {
  readonly #documents: Map<string, string>;
  readonly #isOnly: boolean;

  constructor(folder: string, isOnly: boolean) {
    if (isOnly && !folder) throw new Error("PERSISTED_DOCUMENTS_ONLY needs PERSISTED_DOCUMENTS_DIR, or nothing could run.");
    this.#documents = folder ? readDocuments(folder) : new Map();
    this.#isOnly = isOnly;
  }

  /** The text of the document that a request is for; undefined when it brings none. */
  resolve(asked: Asked): string | undefined {
    const named = namedBy(asked);
    const query = typeof asked.query === "string" ? asked.query : undefined;
    if (!named) {
      if (!this.#isOnly || (query !== undefined && this.#documents.has(hashOf(query)))) return query;
      throw new RelataError("DOCUMENT_NOT_ALLOWED");
    }
    const { field } = named;
    const hash = named.hash.toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RelataError("BAD_INPUT", "A document is named by the SHA-256 of its text.", { field });
    if (query !== undefined && hashOf(query) !== hash) {
      throw new RelataError("ARGS_CONFLICT", "The hash is of another document than the one that came with it.", { field });
    }
    const known = this.#documents.get(hash) ?? (this.#isOnly ? undefined : query);
    if (known === undefined) throw new RelataError("DOCUMENT_NOT_FOUND", undefined, { field });
    return known;
  }
}
