export interface Route {
  readonly method: string
  readonly url: string
}

/** Of the tree that Fastify prints. */
export function printedRoutes(tree: string): Route[] {
  const found: Route[] = []
  const above: string[] = []
  for (const line of tree.split('\n')) {
    const match = /^((?:│ {3}| {4})*)(?:├── |└── )(\S*) ?(?:\((.*)\))?/.exec(line)
    if (match === null) continue
    const depth = (match[1] ?? '').length / 4
    above.length = depth
    above[depth] = match[2] ?? ''
    for (const method of (match[3] ?? '').split(', ')) {
      if (method !== '' && method !== 'HEAD') found.push({ method, url: above.join('') })
    }
  }
  return found
}
