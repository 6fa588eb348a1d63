/**
 * What each npm script runs, step after step, under Node 24 from the project's root; further arguments go to
 * the last step.
 * @type {Record<string, readonly (readonly string[])[]>}
 */
export const TASKS = {
  // matrix-bot-sdk's old `request` calls util._extend; nobody here can act on the warning.
  // And a smaller nursery leaves an idle hub 60 MB smaller.
  start: [['--disable-warning=DEP0060', '--max-semi-space-size=4', 'src/entry/hub.ts']],
  doctor: [['--disable-warning=DEP0060', 'src/entry/doctor.ts']],
  test: [['src/launcher/check.ts']],
  'test:long': [['src/launcher/check.ts', '--long']],
  'test:faults': [['test/faults/run.ts']],
  'test:services': [['src/launcher/check.ts', '--services']],
  backup: [['src/entry/backup.ts']],
  config: [['src/entry/config.ts']],
  'rotate-key': [['src/entry/rotate-key.ts']],
  restore: [['src/entry/restore.ts']],
  bench: [['test/bench/main.ts']],
  screenshots: [['test/chat-screenshots.ts'], ['test/screenshots.ts']],
}
