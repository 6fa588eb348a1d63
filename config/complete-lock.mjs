// npm 11 refuses a lock file in which an optional platform package has no entry, yet leaves the entry out
// when the registry at hand does not offer that package. Run after `npm install` has changed the lock file.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const CPUS = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'arm']
const SYSTEMS = ['android', 'darwin', 'linux', 'win32', 'freebsd', 'openharmony']

/** Optional platform packages without an entry: `{ name, entry }`, the entry as its name tells. */
export function missingPlatforms(packages) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name, version]) =>
          path !== '' && /^\d+\.\d+\.\d+$/.test(version) && !isLocked(packages, path, name),
      )
      .map(([name, version]) => ({ name, entry: entryFor(name, version, dev) })),
  )
}

function isLocked(packages, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at}${at === '' ? '' : '/'}node_modules/${name}`]) return true
    if (at === '') return false
  }
}

function entryFor(name, version, dev) {
  const words = name.split('/').at(-1).split('-')
  const os = SYSTEMS.find((one) => words.includes(one))
  const cpu =
    CPUS.find((one) => words.includes(one)) ??
    (words.some((word) => word.startsWith('arm')) ? 'arm' : undefined)
  if (!os || !cpu) throw new Error(`cannot tell the platform of ${name}`)
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev: true } : {}),
    ...(libc && os === 'linux' ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const lock = JSON.parse(readFileSync(path, 'utf8'))
  const missing = missingPlatforms(lock.packages)
  for (const { name, entry } of missing) lock.packages[`node_modules/${name}`] = entry
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
  )
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`${missing.length} entries added.`)
}
