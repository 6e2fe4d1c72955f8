/** How long a link holds, in words: from `expiresInMinutes` of a mail's data. */

const UNITS: [minutes: number, name: string][] = [
  [1440, "day"],
  [60, "hour"],
  [1, "minute"],
];

export function lifetime(expiresInMinutes: string | undefined): string {
  const minutes = Number(expiresInMinutes);
  const [size, name] = UNITS.find(([unit]) => minutes >= unit && minutes % unit === 0) ?? [];
  if (!size || !name) return "The link can be used once.";
  const count = minutes / size;
  return `The link can be used once, within ${count} ${name}${count === 1 ? "" : "s"}.`;
}
