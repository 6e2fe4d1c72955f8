/** The secret behind the signing keys and the login roles' passwords: the environment's, or one kept beside the embedded database. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "./config.ts";

/** APP_SECRET, made on first use where the database is embedded; throws one sentence where it must be set. */
export async function readAppSecret(config: Config): Promise<string> {
  if (config.APP_SECRET) return config.APP_SECRET;
  if (config.PG_DATABASE_URL) throw new Error("APP_SECRET is not set: with PG_DATABASE_URL it must be, and the same on every server.");
  await mkdir(config.RELATA_DATA_DIR, { recursive: true });
  const file = join(config.RELATA_DATA_DIR, "app-secret");
  const known = await readFile(file, "utf8").catch(() => "");
  if (known) return known;
  const made = randomBytes(32).toString("base64url");
  await writeFile(file, made, { mode: 0o600 });
  return made;
}

/** The secrets before it, which what rests in the database may still be sealed with: with commas between, or as JSON where they hold some. */
export function fallbacksOf({ APP_SECRET_FALLBACKS: text }: Config): string[] {
  const secrets = text.startsWith("[") ? (JSON.parse(text) as string[]) : text.split(",");
  return secrets.map((secret) => secret.trim()).filter(Boolean);
}
