/**
 * Every error a client may see, declared once: SQL raises it by SQLSTATE,
 * TypeScript throws it by name, and GraphQL and HTTP show it alike.
 *
 * Our own SQLSTATEs are five letters; PostgreSQL's always hold a digit.
 */
const errors = {
  // Who you are
  LOGIN_REQUIRED: { sqlstate: "LOGIN", status: 401, message: "Sign in first." },
  BAD_CREDENTIALS: { sqlstate: "CREDS", status: 401, message: "Wrong email or password." },
  PASSWORD_REFUSED: { sqlstate: "WEAKP", status: 400, message: "That password is too easy to guess." },
  SIGN_IN_METHOD_DISABLED: { sqlstate: "NOWAY", status: 403, message: "Nobody is let in that way here." },
  SIGN_IN_REFUSED: { sqlstate: "SSONO", status: 401, message: "Your identity provider's answer was not accepted." },
  IDENTITY_NOT_LINKED: {
    sqlstate: "UNLNK",
    status: 409,
    message: "Sign in by e-mail or password first, then connect this account: it does not own your address.",
  },
  IDENTITY_PROVIDER_UNAVAILABLE: { sqlstate: "IDPNA", status: 503, message: "The identity provider cannot be reached; try again." },
  BAD_CODE: { sqlstate: "CODEX", status: 403, message: "That code is wrong, too old, or was used before." },
  PROOF_REQUIRED: { sqlstate: "PROOF", status: 403, message: "Prove that it is you: give your password, or sign in anew." },
  WORKSPACE_SUSPENDED: { sqlstate: "SUSPD", status: 403, message: "This workspace is suspended." },
  WORKSPACE_MISMATCH: { sqlstate: "OTHWS", status: 403, message: "You are signed in to another workspace than the one you ask." },
  SIGN_UP_CLOSED: { sqlstate: "CLOSD", status: 403, message: "New workspaces are made by the administrators of this server." },
  ROLE_INVALID: { sqlstate: "ROLEX", status: 400, message: "The role is not valid." },
  PERMISSION_DENIED: { sqlstate: "42501", status: 403, message: "You may not do that." },

  // What you asked for
  BAD_INPUT: { sqlstate: "INPUT", status: 400, message: "The input is not valid." },
  INVALID_VALUE: { sqlstate: "22P02", also: ["22025", "2201B"], status: 400, message: "A value does not have the form its type needs." },
  VALUE_OUT_OF_RANGE: { sqlstate: "22003", status: 400, message: "A number is too large for its field." },
  INVALID_DATE: { sqlstate: "22007", also: ["22009", "22023"], status: 400, message: "A date does not have the form of ISO 8601." },
  DATE_OUT_OF_RANGE: { sqlstate: "22008", status: 400, message: "A date lies outside of the calendar." },
  VALUE_TOO_LONG: { sqlstate: "54000", status: 400, message: "A value is too long for its field." },
  INVALID_TEXT: { sqlstate: "22021", also: ["22P05"], status: 400, message: "A text holds a character that cannot be stored." },
  VALUE_REQUIRED: { sqlstate: "23502", status: 400, message: "A field that may not be empty has no value." },
  CHECK_FAILED: { sqlstate: "23514", also: ["RULED"], status: 400, message: "A value breaks a rule of its field." },
  RELATED_NOT_FOUND: { sqlstate: "23503", status: 400, message: "The record to relate to does not exist." },
  RELATED_AMBIGUOUS: { sqlstate: "SEVRL", status: 400, message: "Several records are meant." },
  UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT: { sqlstate: "UPSRT", status: 409, message: "This matches several records." },
  RECORD_IN_USE: { sqlstate: "23001", status: 409, message: "Other records still belong to this one." },
  CONFLICT: { sqlstate: "23505", also: ["VERSN"], status: 409, message: "A record with this value exists already." },
  LAST_OWNER: { sqlstate: "OWNER", status: 409, message: "A workspace has at least one owner." },
  NOT_FOUND: { sqlstate: "NTFND", status: 404, message: "There is no such record." },
  ARGS_CONFLICT: { sqlstate: "ARGSX", status: 400, message: "These arguments exclude each other." },
  VIEW_INVALID: { sqlstate: "VIEWS", status: 400, message: "The view is not valid." },
  MISSING_TIMEZONE_FOR_DATE_GROUP_BY: {
    sqlstate: "TZNOT",
    status: 400,
    message: "Which day an instant falls on depends on the time zone: give timeZone.",
  },
  INVALID_TIMEZONE: {
    sqlstate: "TZONE",
    status: 400,
    message: "There is no such time zone; give one of the IANA database, such as Europe/Berlin.",
  },
  ROLLED_BACK: { sqlstate: "ROLLB", status: 409, message: "Another part of the transaction failed, so nothing was written." },
  IDEMPOTENCY_KEY_REUSED: { sqlstate: "KEYED", status: 422, message: "This Idempotency-Key came with another request before." },
  INVALID_CURSOR: { sqlstate: "CURSR", status: 400, message: "That cursor does not belong to this list." },

  // The data model
  METADATA_VALIDATION_FAILED: { sqlstate: "METAV", status: 400, message: "The change of the data model is not valid." },
  NAME_INVALID: { sqlstate: "NAMEV", status: 400, message: "That name is not valid." },
  NAME_RESERVED: { sqlstate: "NAMER", status: 400, message: "That name is reserved." },
  NAME_TAKEN: { sqlstate: "NAMEX", status: 409, message: "That name is taken." },
  LABEL_INVALID: { sqlstate: "LABEL", status: 400, message: "That label is not valid." },
  FIELD_TYPE_INVALID: { sqlstate: "FTYPE", status: 400, message: "There is no such field type." },
  OPTIONS_INVALID: { sqlstate: "OPTNS", status: 400, message: "The options are not valid." },
  DEFAULT_INVALID: { sqlstate: "DEFLT", status: 400, message: "The default value is not valid." },
  SETTINGS_INVALID: { sqlstate: "SETNG", status: 400, message: "The settings are not valid." },
  EXPRESSION_INVALID: { sqlstate: "EXPRN", status: 400, message: "The expression is not valid." },
  INDEX_INVALID: { sqlstate: "INDEX", status: 400, message: "The index is not valid." },
  EXISTING_RECORDS: { sqlstate: "EXIST", status: 409, message: "Some of the records there are do not fit." },
  RELATION_INVALID: { sqlstate: "RELAT", status: 400, message: "The relation is not valid." },
  FIELD_IN_USE: { sqlstate: "INUSE", status: 409, message: "Something else needs that field." },
  OPTION_IN_USE: { sqlstate: "OPUSE", status: 409, message: "Records still have that option." },
  TYPE_IMMUTABLE: { sqlstate: "TYPEX", status: 400, message: "A field keeps its type." },
  CHANGE_NOT_UNDOABLE: { sqlstate: "DONEX", status: 409, message: "That change cannot be undone." },

  // How much you may ask for
  LIMIT_EXCEEDED: { sqlstate: "LIMIT", status: 400, message: "That is more than is allowed." },
  RATE_LIMITED: { sqlstate: "RATED", status: 429, message: "That was too often; try again later." },
  METHOD_NOT_ALLOWED: { sqlstate: "METHD", status: 405, message: "That cannot be done at this address." },
  NOT_ACCEPTABLE: { sqlstate: "NOACC", status: 406, message: "The answer does not come in that form." },
  UNSUPPORTED_MEDIA_TYPE: { sqlstate: "MEDIA", status: 415, message: "The request's body is not in a form that is read here." },
  BODY_TOO_LARGE: { sqlstate: "BODYL", status: 413, message: "The request's body is too large." },
  DOCUMENT_NOT_FOUND: { sqlstate: "DOCNF", status: 404, message: "No document is kept by that hash." },
  DOCUMENT_NOT_ALLOWED: { sqlstate: "DOCNA", status: 403, message: "Only documents that are kept here may run: name one by its hash." },
  QUERY_TIMEOUT: { sqlstate: "57014", status: 503, message: "The query took too long and was stopped." },

  // What went wrong here
  BUSY: { sqlstate: "55P03", also: ["40P01", "40001"], status: 503, message: "Somebody else is changing this; try again." },
  METADATA_CHANGED: { sqlstate: "STALE", status: 503, message: "The data model keeps changing; try again." },
  UNAVAILABLE: { sqlstate: "AWAYY", also: ["55000"], status: 503, message: "The database cannot be reached; try again." },
  STORAGE_FULL: { sqlstate: "53100", status: 503, message: "There is no room left to write; nothing was written." },
  INTERNAL_ERROR: { sqlstate: "FAULT", status: 500, message: "Something went wrong on our side." },
} as const satisfies Record<string, { sqlstate: string; also?: readonly string[]; status: number; message: string }>;

export type ErrorCode = keyof typeof errors;

export const errorCodes = Object.keys(errors) as ErrorCode[];
export const sqlstateOf = (code: ErrorCode): string => errors[code].sqlstate;
/** All that mean it. */
export const sqlstatesOf = (code: ErrorCode): string[] => {
  const error: { sqlstate: string; also?: readonly string[] } = errors[code];
  return [error.sqlstate, ...(error.also ?? [])];
};

/** One of the faults that METADATA_VALIDATION_FAILED lists. */
export type Fault = { code: ErrorCode; message: string; field?: string };

type ErrorDetails = {
  field?: string;
  rule?: string;
  faults?: readonly Fault[];
  retryAfter?: number;
  headers?: Readonly<Record<string, string>>;
};

/** Seconds, where nobody knows better. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 60, 503: 1 };

/**
 * An error that is safe to show: `throw new RelataError("NOT_FOUND")`. `field` is the path at fault,
 * `rule` what was broken, `faults` all that is wrong with a change of the data model.
 */
export class RelataError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly field: string | undefined;
  readonly faults: readonly Fault[] | undefined;
  readonly rule: string | undefined;
  /** Seconds until it is worth trying again, and headers that tell more of it. */
  readonly retryAfter: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message?: string, options?: ErrorOptions & ErrorDetails) {
    super(message ?? errors[code].message, options);
    this.name = "RelataError";
    this.code = code;
    this.status = errors[code].status;
    this.field = options?.field;
    this.faults = options?.faults;
    this.rule = options?.rule;
    this.retryAfter = options?.retryAfter ?? RETRY_AFTER[this.status];
    this.headers = { ...options?.headers, ...(this.retryAfter && { "retry-after": String(this.retryAfter) }) };
  }

  /** What GraphQL puts under `extensions`, and HTTP beside the message. */
  get extensions(): { code: ErrorCode; field?: string; rule?: string; errors?: readonly Fault[]; retryAfter?: number } {
    const { code, field, rule, faults, retryAfter } = this;
    const waits = this.status === 429 && { retryAfter: retryAfter! };
    return { code, ...(field && { field }), ...(rule && { rule }), ...(faults && { errors: faults }), ...waits };
  }
}

const bySqlstate = new Map<string, ErrorCode>(
  Object.entries(errors).flatMap(([code, error]) =>
    [error.sqlstate, ...("also" in error ? error.also : [])].map((sqlstate) => [sqlstate, code as ErrorCode] as const),
  ),
);

/** What node-postgres throws; DETAIL, which quotes values, is read of METADATA_VALIDATION_FAILED alone, where it is ours. */
type DatabaseError = { code?: unknown; message?: string; column?: string; constraint?: string; severity?: string; detail?: string };

/** Changes of the data model name what was asked by such a path. */
const METADATA_PATH = /^(?:data|changes)\b/;
const METADATA_CODES = new Set<ErrorCode>(
  errorCodes.slice(errorCodes.indexOf("METADATA_VALIDATION_FAILED") + 1, errorCodes.indexOf("LIMIT_EXCEEDED")),
);

/** METADATA_VALIDATION_FAILED with what is wrong: one fault, or the list of them that private.end_checks gathered. */
function metadataFault(code: ErrorCode, error: DatabaseError): RelataError {
  const faults: Fault[] =
    code === "METADATA_VALIDATION_FAILED"
      ? (JSON.parse(error.detail!) as { sqlstate: string; message: string; field: string }[]).map(({ sqlstate, message, field }) => ({
          code: bySqlstate.get(sqlstate)!,
          message,
          field,
        }))
      : [{ code, message: error.message!, ...(error.column && { field: error.column }) }];
  const field = faults[0]!.field;
  return new RelataError("METADATA_VALIDATION_FAILED", faults[0]!.message, { cause: error, faults, ...(field && { field }) });
}

const camelCase = (column: string) => column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The fields that a violated constraint or column stands for, by how private.build_* names them. */
function fieldOf({ column, constraint }: DatabaseError): string | undefined {
  if (/_pkey$/.test(constraint ?? "")) return "id";
  const name = column ?? /^(.+)_(?:check|given|fkey|key_[0-9a-f]{8})$/.exec(constraint ?? "")?.[1];
  return name?.split("+").map(camelCase).join(", ");
}

/** node-postgres gives some of its own errors no code, only words. */
const isConnectionLost = ({ code, message = "" }: DatabaseError): boolean =>
  /^Connection terminated|^Query read timeout|timeout exceeded when trying to connect|is not queryable/.test(message) ||
  (typeof code === "string" &&
    (/^(08|57P0[1-5]|53[23]00|25P03)/.test(code) || ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTFOUND", "ETIMEDOUT"].includes(code)));

/** The error to show for whatever was thrown, or undefined when the fault is ours. */
export function toRelataError(thrown: unknown): RelataError | undefined {
  if (thrown instanceof RelataError) {
    const { code, message, field } = thrown;
    const isFault = METADATA_CODES.has(code) && METADATA_PATH.test(field ?? "");
    return isFault ? metadataFault(code, { message, ...(field && { column: field }) }) : thrown;
  }
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const error = thrown as DatabaseError;
  if (isConnectionLost(error)) return new RelataError("UNAVAILABLE", undefined, { cause: thrown });
  const found = typeof error.code === "string" ? bySqlstate.get(error.code) : undefined;
  if (!found) return undefined;
  // A part of a composite is required by a check, whose name leads to it.
  const code = found === "CHECK_FAILED" && error.constraint?.endsWith("_given") ? "VALUE_REQUIRED" : found;
  // PostgreSQL words its own errors for developers; ours are already for people.
  const ours = /^[A-Z]{5}$/.test(error.code as string);
  const path = error.column ?? "";
  const isOfMetadata = METADATA_PATH.test(path) && code !== "PERMISSION_DENIED";
  if (code === "METADATA_VALIDATION_FAILED" || isOfMetadata || (METADATA_CODES.has(code) && /^(?:id)?$/.test(path)))
    return metadataFault(code, error);
  const field = ours ? error.column : fieldOf(error);
  const rule = ours ? error.constraint : undefined;
  return new RelataError(code, ours ? error.message : undefined, { cause: thrown, ...(field && { field }), ...(rule && { rule }) });
}
