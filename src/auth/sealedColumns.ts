/**
 * Every column that holds sealed secrets for long, and for what purpose its values are
 * sealed; `secrets rotate` seals them anew. (A mail's data and a provider's journey last
 * for minutes, or a day: what opens them is APP_SECRET_FALLBACKS.)
 */
import type { ClientBase } from "pg";
import pg from "pg";
import type { Sealed } from "./sealed.ts";

type SealedColumn = { table: string; key: string; column: string; purposeOf: (key: string) => string };

export const sealedColumns: readonly SealedColumn[] = [
  { table: "signing_keys", key: "kid", column: "private_key", purposeOf: (kid) => `signing_keys:${kid}` },
  { table: "totp_secrets", key: "id", column: "sealed_seed", purposeOf: (id) => `totp:${id}` },
  { table: "identity_provider_secrets", key: "provider_id", column: "client_secret", purposeOf: (id) => `identity_provider:${id}` },
  { table: "invite_links", key: "workspace_id", column: "sealed", purposeOf: (id) => `invite_link:${id}` },
  { table: "mailbox", key: "mail_id", column: "content", purposeOf: (id) => `mailbox:${id}` },
];

const BATCH = 500;

/** Seals anew what a former secret has sealed, a batch at a time, as the owner; answers how many values of each table. */
export async function sealAnew(owner: ClientBase, sealed: Sealed): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { table, key, column, purposeOf } of sealedColumns) {
    const [name, keyName, value] = [table, key, column].map((word) => pg.escapeIdentifier(word));
    counts[table] = 0;
    for (let after = ""; ; ) {
      const { rows } = await owner.query<{ key: string; value: Buffer }>(
        `select ${keyName}::text as key, ${value} as value from private.${name}
         where ${value} is not null and ${keyName}::text > $1 order by ${keyName}::text limit ${BATCH}`,
        [after],
      );
      if (rows.length === 0) break;
      after = rows.at(-1)!.key;
      for (const row of rows.filter((one) => !sealed.isCurrent(one.value))) {
        const again = sealed.seal(purposeOf(row.key), sealed.open(purposeOf(row.key), row.value));
        // What was changed meanwhile was sealed by whoever changed it.
        const { rowCount } = await owner.query(`update private.${name} set ${value} = $1 where ${keyName}::text = $2 and ${value} = $3`, [
          again,
          row.key,
          row.value,
        ]);
        counts[table] += rowCount ?? 0;
      }
    }
  }
  return counts;
}
