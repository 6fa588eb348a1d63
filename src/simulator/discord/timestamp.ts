/** ISO 8601 with microseconds and an offset, as Discord writes it. */
export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000+00:00')
}
