/** A fault that private.drift found, in words. Kinds that are added to private.disagreements may be given words here. */

const ONLY: Record<string, (what: string) => string> = {
  "in the catalog only": (what) => `${what}: the database has it, and no metadata.`,
  "in the metadata only": (what) => `${what}: the metadata have it, and not the database.`,
};

/** Names in the catalog are told without their workspace's schema. */
const SENTENCES: readonly [RegExp, string][] = [
  [/^in the catalog only: column ([^.]+)\.(.+?) (.+)$/, "$1 has a column $2 ($3) that is no field, or not its field's."],
  [/^in the metadata only: column ([^.]+)\.(.+?) (.+)$/, "The field of $1.$2 has no column that is $3."],
  [/^in the catalog only: table (.+)$/, "The table $1 is no object."],
  [/^in the metadata only: table (.+)$/, "The object of $1 has no table."],
  [/^in the catalog only: check ([^.]+)\.(.+)$/, "$1 has a check $2 that is no field's."],
  [/^in the metadata only: check ([^.]+)\.(.+)$/, "$1.$2 has lost the check of its field's type."],
  [/^in the catalog only: unique ([^.]+)\.(.+)$/, "$1.$2 has a unique index, and its field is not unique."],
  [/^in the metadata only: unique ([^.]+)\.(.+)$/, "$1.$2 has lost its unique index."],
  [/^in the catalog only: key ([^.]+)\.(\S+) to (.+)$/, "$1.$2 is a foreign key to $3 that is no relation's."],
  [/^in the metadata only: key ([^.]+)\.(\S+) to (.+)$/, "$1.$2 has lost its foreign key to $3."],
  [/^in the \w+ only: formulas (\S+) .+$/, "The trigger that keeps the formulas of $1 is not what they make it."],
  [/^access in the catalog only: ([^.]+)\.(.+)$/, "$1 has a $2 that Relata did not make."],
  [/^access in the metadata only: ([^.]+)\.(.+)$/, "$1 has lost or changed its $2."],
  [/^function (.+?): (.+)$/, "The function $1 is no field of the API: $2."],
];

/** Whether a difference is the DBA's to make: he may change who may do what, and that holds on every channel. */
export const isHis = (fault: string): boolean => fault.startsWith("access ");

export function driftInWords(fault: string, schemaName: string): string {
  const text = fault.replaceAll(`${schemaName}.`, "");
  for (const [pattern, sentence] of SENTENCES) {
    if (pattern.test(text)) return text.replace(pattern, sentence);
  }
  const [, where, what] = /^(in the \w+ only): (.+)$/.exec(text) ?? [];
  return where ? ONLY[where]!(what!) : text;
}
