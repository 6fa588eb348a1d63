import type { FastifyRequest } from 'fastify'
import type { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { html, render } from './html.ts'
import { plainLayout } from './layout.ts'
import { translator } from './page-context.ts'

export function faultPage(parts: WebParts, { language }: FastifyRequest, fault: WebFault): string {
  const t = translator(parts, language)
  return render(
    plainLayout(
      language,
      t('admin.fault.title'),
      html`<h1>${t('admin.fault.title')}</h1>
<p class="lead">${parts.say(fault.sentence, language)}</p>
<p><a class="button" href="/admin">${t('admin.fault.back')}</a></p>`,
    ),
  )
}
