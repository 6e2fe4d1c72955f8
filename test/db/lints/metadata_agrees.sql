-- The metadata and the catalog say the same, in both directions, in every workspace.
-- test/db/core/kill.test.ts asks this too, after each death.
select fault from private.disagreements();
