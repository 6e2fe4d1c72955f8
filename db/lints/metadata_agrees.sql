-- The metadata and the catalog say the same, in both directions, in every workspace.
-- test/db/core/kill.test.ts asks this too, after each death.
--
-- Level: error
-- Mend: npm run relata -- drift <workspace> tells what differs, and with --adopt makes it metadata
select fault from private.disagreements();
