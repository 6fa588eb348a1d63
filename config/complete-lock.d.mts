export function missingPlatforms(
  packages: Readonly<Record<string, object>>,
): { readonly name: string; readonly entry: object }[]
