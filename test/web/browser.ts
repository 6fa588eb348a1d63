import type { TestWeb } from './web.ts'

interface Visit {
  readonly status: number
  readonly body: string
  readonly location: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
}

/** What a person without JavaScript does: opens pages, fills in forms, follows where they lead. */
export function openBrowser({ app }: TestWeb, headers: Readonly<Record<string, string>> = {}) {
  const cookies = new Map<string, string>()
  const inHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

  const remember = (setCookie: unknown) => {
    for (const line of [setCookie].flat()) {
      if (typeof line !== 'string') continue
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
  }

  async function open(url: string): Promise<Visit> {
    const answer = await app.inject({ method: 'GET', url, headers: { ...headers, cookie: inHeader() } })
    remember(answer.headers['set-cookie'])
    return {
      status: answer.statusCode,
      body: answer.body,
      location: answer.headers.location,
      headers: answer.headers,
    }
  }

  /** Sends the form of that action on the page, its hidden inputs included. */
  async function submit(
    page: string,
    action: string,
    values: Readonly<Record<string, string>>,
    change: { readonly headers?: Readonly<Record<string, string>>; readonly drop?: readonly string[] } = {},
  ): Promise<Visit> {
    const { body } = await open(page)
    const form = formOf(body, action)
    const all = new URLSearchParams({ ...form, ...values })
    for (const name of change.drop ?? []) all.delete(name)
    const answer = await app.inject({
      method: 'POST',
      url: action,
      payload: all.toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'http://localhost',
        ...headers,
        cookie: inHeader(),
        ...change.headers,
      },
    })
    remember(answer.headers['set-cookie'])
    return {
      status: answer.statusCode,
      body: answer.body,
      location: answer.headers.location,
      headers: answer.headers,
    }
  }

  return {
    open,
    submit,
    get cookie() {
      return inHeader()
    },
    async logIn(who: { readonly email: string; readonly password: string }): Promise<Visit> {
      return submit('/admin/login', '/admin/login', who)
    },
  }
}

/** Inputs, text areas and choices as they stand on the page. */
function formOf(page: string, action: string): Record<string, string> {
  const form = page.split('<form ').find((part) => part.includes(`action="${action}"`)) ?? ''
  const inside = form.split('</form>')[0] ?? ''
  const values: Record<string, string> = {}
  for (const [input] of inside.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1]
    if (name === undefined || (input.includes('type="radio"') && !input.includes(' checked'))) continue
    values[name] = unescaped(/value="([^"]*)"/.exec(input)?.[1] ?? '')
  }
  for (const [, name, text] of inside.matchAll(/<textarea[^>]*name="([^"]*)"[^>]*>\n?([^<]*)<\/textarea>/g)) {
    values[name ?? ''] = unescaped(text ?? '')
  }
  for (const [, name, options] of inside.matchAll(/<select[^>]*name="([^"]*)"[^>]*>(.*?)<\/select>/gs)) {
    values[name ?? ''] = unescaped(/value="([^"]*)" selected/.exec(options ?? '')?.[1] ?? '')
  }
  return values
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
