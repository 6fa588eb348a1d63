/** Cases of the list that no program here covers, and why. */
export const NOT_COVERED: Readonly<Record<number, string>> = {
  10: 'tried in the journeys: edits and deletions before, during and after the answer',
  11: "tried in the journeys and the adapters' own tests; no run of ten minutes with two hubs",
  51: 'ten hours of voice: pools are apart, the run is not written',
  52: 'a soak of hours',
}
