/** Cases of the list that no program here covers, and why. */
export const NOT_COVERED: Readonly<Record<number, string>> = {
  8: "tried in the Matrix adapter's own tests: token replay, limited gap, lost token",
  10: 'edits and deletions after the answer are kept for the record; redoing and retracting is not built',
  11: "tried in the journeys and the adapters' own tests; no run of ten minutes with two hubs",
  21: "leases and delays are reckoned by the database's clock; moving a machine's clock needs rights a test has not",
  22: 'a full disk needs a file system of its own',
  30: 'tried in the queue and settings tests; not yet in every place that stores text',
  51: 'ten hours of voice: pools are apart, the run is not written',
  52: 'a soak of hours',
  53: "the web's own tests",
}
