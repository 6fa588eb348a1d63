// For pm2 on one machine: pm2 start ecosystem.config.cjs. Needs Node 24 or newer, and `npm ci` done.
// The roles share DATA_DIR, and DATABASE_URL where it is set.
const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { parseEnv } = require('node:util')

const envFile = join(__dirname, '.env')
const given = { ...(existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {}), ...process.env }
const drainMs = Number(given.DRAIN_TIMEOUT_MS || 20_000)

// Each process without the web serves its own metrics, on this machine only.
const role = (name, roles, more = {}) => ({
  name: `brainall-${name}`,
  cwd: __dirname,
  script: 'src/entry/hub.ts',
  interpreter: 'node',
  node_args: '--max-semi-space-size=4',
  exec_mode: 'fork',
  env: { ROLES: roles, ...more },
  // Running answers are finished or handed over first; the rest is for closing connections.
  kill_timeout: drainMs + 15_000,
  // A signal to all children at once would end runs and the embedded database before the hub has drained.
  treekill: false,
  exp_backoff_restart_delay: 500,
  merge_logs: true,
})

module.exports = {
  apps: [
    role('gateway', 'gateway', { METRICS_PORT: '9464' }),
    role('workers', 'worker', { METRICS_PORT: '9465' }),
    role('web', 'web'),
  ],
}
