/** Commands that more than one service, or somebody else, has to know by name. */

/** Silver: reads the reference files and replaces the tables by them. One instance is enough. */
export const LOAD_REFERENCE = 'load-reference';
/** Silver and gold, every instance: takes the reference tables into memory, between two turns. */
export const RELOAD_REFERENCE = 'reload-reference';
/** Silver: sends the records again that waited for reference data. One instance is enough. */
export const REPLAY_QUARANTINE = 'replay-quarantine';
