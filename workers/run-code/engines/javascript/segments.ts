/**
 * Stands in for `@jridgewell/gen-mapping` inside the isolate: sucrase reports each token's place through
 * these three names, and all that is wanted of them is the list.
 */
export interface Segment {
  /** All three count from 0. */
  readonly line: number
  readonly column: number
  readonly sourceColumn: number
}

export class GenMapping {
  readonly segments: Segment[] = []
}

export function maybeAddSegment(
  map: GenMapping,
  line: number,
  column: number,
  _source: string,
  _sourceLine: number,
  sourceColumn: number,
): void {
  map.segments.push({ line, column, sourceColumn })
}

export function toEncodedMap(map: GenMapping): { readonly mappings: string } {
  return { mappings: JSON.stringify(map.segments) }
}
