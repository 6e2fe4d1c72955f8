/**
 * Passwords: Argon2id with the parameters OWASP asks for (m = 19 MiB, t = 2, p = 1).
 * One text that can be typed as several rows of code points is one password (NFKC).
 */
import { hash, verify } from "@node-rs/argon2";

// The library's default algorithm is Argon2id.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** At most so many at once: a flood of sign-ins may not take the memory or the cores. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 100;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MAX_AT_ONCE) {
    if (waiting.length >= MAX_WAITING) throw Object.assign(new Error("too many sign-ins"), { code: "55P03" });
    await new Promise<void>((go) => waiting.push(go));
  }
  running++;
  try {
    return await work();
  } finally {
    running--;
    waiting.shift()?.();
  }
}

export const normalized = (password: string): string => password.normalize("NFKC");

/** The hash to keep of a password, as a PHC string. */
export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(normalized(password), PARAMETERS));

let decoy: Promise<string> | undefined;

/** Whether the password is right. Takes the same time when there is no hash to compare with. */
export async function verifyPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  decoy ??= hashPassword("nobody's password");
  const compareWith = passwordHash ?? (await decoy);
  const isRight = await inTurn(() => verify(compareWith, normalized(password)));
  return isRight && passwordHash !== undefined;
}
