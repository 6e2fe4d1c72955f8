/** The groups, in the order in which they run. */
import { abuse } from "./abuse/index.ts";
import { auth } from "./auth/index.ts";
import { faults } from "./faults/index.ts";
import { isolation } from "./isolation/index.ts";
import { metadata } from "./metadata/index.ts";
import { permissions } from "./permissions/index.ts";
import type { AnyGroup } from "./run.ts";

export const groups: readonly AnyGroup[] = [isolation, permissions, abuse, auth, metadata, faults];
