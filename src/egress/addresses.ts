/** Which addresses the world may be reached at: those that are nobody's private network, nor this machine. */
import { BlockList, isIP } from "node:net";

const V4_REFUSED = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8",
  "100.64.0.0/10", // carriers' NAT
  "127.0.0.0/8",
  "169.254.0.0/16", // link-local, where clouds keep their credentials
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
];

// Of IPv6, only what is routed in the world, and of that nothing that has an IPv4 address inside:
// Teredo and its kin (2001::/23), 6to4 (2002::/16); NAT64 (64:ff9b::/96) is outside of it anyway.
const V6_ROUTED = "2000::/3";
const V6_REFUSED = ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"];

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(address, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
  }
  return list;
}

const refused4 = blockList(V4_REFUSED);
const routed6 = blockList([V6_ROUTED]);
const refused6 = blockList(V6_REFUSED);

/** Whether an address is somebody's in the world: not private, not this machine, not one that only stands for such. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !refused4.check(address, "ipv4");
  // An IPv4 address written as IPv6 (::ffff:127.0.0.1) lies outside of what is routed.
  return isIP(address) === 6 && routed6.check(address, "ipv6") && !refused6.check(address, "ipv6");
}

/** Says of an address whether it lies in one of `ranges`. */
export function withinRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = blockList(ranges);
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
  };
}
