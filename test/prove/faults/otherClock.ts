/** Loaded by --import: this process's clock is RELATA_CLOCK_SKEW_MS before or behind the machine's, as far as JavaScript sees it. */
const skewMs = Number(process.env["RELATA_CLOCK_SKEW_MS"] ?? 0);
const RealDate = Date;

class SkewedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length) super(...(given as [number]));
    else super(RealDate.now() + skewMs);
  }
  static override now(): number {
    return RealDate.now() + skewMs;
  }
}

globalThis.Date = SkewedDate as DateConstructor;
