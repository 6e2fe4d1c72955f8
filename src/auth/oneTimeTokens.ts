/** Tokens that work once: 256 random bits for whoever is to have one, and their SHA-256 for the database. */
import { createHash, randomBytes } from "node:crypto";

export const newToken = (): string => randomBytes(32).toString("base64url");

export const digest = (token: string): Buffer => createHash("sha256").update(token).digest();
