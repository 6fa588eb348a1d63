import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import serveStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import type { App } from '../request.ts'

const DIRECTORY = fileURLToPath(new URL('../assets', import.meta.url))
const NAMES = ['admin.css', 'admin.js', 'mark.svg'] as const
type AssetName = (typeof NAMES)[number]

const digests = new Map(
  NAMES.map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(`${DIRECTORY}/${name}`))
      .digest('base64url')
      .slice(0, 10),
  ]),
)

/** Changes with the content, so browsers may keep what they have. */
export function assetUrl(name: AssetName): string {
  return `/admin/assets/${name}?v=${digests.get(name)}`
}

export async function addAssets(app: App): Promise<void> {
  const plugin: FastifyPluginAsync = async (assets) => {
    assets.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' }
    })
    await assets.register(serveStatic, {
      root: DIRECTORY,
      prefix: '/admin/assets/',
      wildcard: false,
      maxAge: '30d',
      immutable: true,
    })
  }
  await app.register(plugin)
}
