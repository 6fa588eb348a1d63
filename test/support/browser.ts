import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const FOUND = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => existsSync(path))

/** Why pages cannot be tried here; undefined: they can. */
export const browserMissing: string | undefined =
  FOUND === undefined ? 'no Chromium on this machine' : undefined

/** Kept from talking to its makers. */
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: FOUND ?? '', args: QUIET })
}
