/** Grafast decides when it is first imported how much it checks: import this before it. */
process.env["GRAPHILE_ENV"] ??= "production";
