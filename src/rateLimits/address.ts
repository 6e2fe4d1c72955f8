/** Where a request comes from, as limits count it: one machine, or one network of IPv6, whose owner has 2^64 addresses. */
import { isIPv4, isIPv6 } from "node:net";

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): string[] {
  // As URLs write it: shortest form, hexadecimal, IPv4's part too.
  const [before = "", after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [first, last] = [before, after ?? ""].map((part) => part.split(":").filter(Boolean)) as [string[], string[]];
  const missing = after === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array<string>(missing).fill("0"), ...last];
}

/** 192.0.2.1 as it is, also when it is written as IPv6; 2001:db8:1:2:… as 2001:db8:1:2::/64. */
export function networkOf(address = ""): string {
  const [plain = ""] = address.split("%"); // a zone is this machine's own matter
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return "unknown";
  const groups = groupsOf(plain);
  const isMapped = groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff";
  if (!isMapped) return `${groups.slice(0, 4).join(":")}::/64`;
  const bytes = groups.slice(6).flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
  return bytes.join(".");
}
