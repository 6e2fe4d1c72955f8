/**
 * `keys rotate`: another key signs access tokens from now on; nobody is signed out.
 * `keys rotate --now`: the same for a key that somebody may know; what it has signed
 * is worth nothing, and clients refresh.
 * `secrets rotate`: seals with APP_SECRET what APP_SECRET_FALLBACKS have sealed.
 */
import { fallbacksOf, readAppSecret } from "../appSecret.ts";
import { Sealed } from "../auth/sealed.ts";
import { sealAnew } from "../auth/sealedColumns.ts";
import { addSigningKey, assertSecretFits } from "../auth/signingKeys.ts";
import { readConfig } from "../config.ts";
import { withOwner } from "./database.ts";

const sealedOf = async (config: ReturnType<typeof readConfig>) => new Sealed(await readAppSecret(config), fallbacksOf(config));

export async function rotateKeys(args: string[]): Promise<number> {
  const [flag, ...rest] = args;
  if ((flag && flag !== "--now") || rest.length) throw new Error("This takes --now or nothing.");
  const config = readConfig();
  await withOwner(async (db) => {
    const sealed = await sealedOf(config);
    await assertSecretFits(db, sealed);
    await db.query("begin");
    if (flag) await db.query("select private.forget_signing_keys()");
    await addSigningKey(db, sealed, config.ACCESS_TOKEN_EXPIRES_IN, 0);
    await db.query("commit");
  });
  process.stdout.write(
    flag
      ? "Every access token is worth nothing within seconds; clients refresh theirs.\n"
      : "Another key signs in a minute; nobody is signed out.\n",
  );
  return 0;
}

export async function rotateSecrets(args: string[]): Promise<number> {
  if (args.length) throw new Error("This takes nothing.");
  const config = readConfig();
  const counts = await withOwner(async (db) => sealAnew(db, await sealedOf(config)));
  const lines = Object.entries(counts).map(([table, count]) => `  ${table.padEnd(28)} ${count}`);
  process.stdout.write(
    `Sealed anew:\n${lines.join("\n")}\nAPP_SECRET_FALLBACKS may go after a day, when no mail waits that it has sealed.\n`,
  );
  return 0;
}
