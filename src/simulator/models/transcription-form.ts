import type { WireRequest } from '../faults.ts'
import { refusal, type VllmRefusal } from './vllm-error.ts'

const FORMATS = ['json', 'text', 'verbose_json'] as const

export interface TranscriptionForm {
  readonly model: string | undefined
  readonly language: string | undefined
  readonly prompt: string | undefined
  readonly temperature: number | undefined
  readonly responseFormat: (typeof FORMATS)[number]
  readonly fileName: string
}

const KNOWN_FIELDS = new Set([
  'file',
  'model',
  'language',
  'prompt',
  'response_format',
  'temperature',
  'timestamp_granularities[]',
  'seed',
  'hotwords',
])

/** Reads the multipart body; fields that vLLM does not know are refused. */
export async function parseTranscriptionForm(
  request: WireRequest,
): Promise<{ form: TranscriptionForm; bytes: Buffer } | VllmRefusal> {
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return missingFile()
  let fields: FormData
  try {
    fields = await new Response(request.body, { headers: { 'content-type': type } }).formData()
  } catch (error) {
    return refusal(
      400,
      `There was an error parsing the body: ${error instanceof Error ? error.message : error}`,
    )
  }
  const unknown = [...fields.keys()].find((name) => !KNOWN_FIELDS.has(name))
  if (unknown !== undefined) {
    return refusal(
      400,
      `1 validation error: {'loc': ('body', '${unknown}'), 'msg': 'Extra inputs are not permitted'}`,
      {
        param: unknown,
      },
    )
  }
  const file = fields.get('file')
  if (!(file instanceof File)) return missingFile()
  const text = (name: string): string | undefined => {
    const value = fields.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const wanted = text('response_format') ?? 'json'
  const responseFormat = FORMATS.find((format) => format === wanted)
  if (!responseFormat) {
    return refusal(400, 'Currently only support response_format: `text`, `json` or `verbose_json`')
  }
  const language = text('language')
  if (language !== undefined && !/^[a-z]{2,3}$/.test(language)) {
    return refusal(400, `Unsupported language: '${language}'.`, { param: 'language' })
  }
  const temperature = text('temperature')
  if (temperature !== undefined && !Number.isFinite(Number(temperature))) {
    return refusal(400, 'Input should be a valid number', { param: 'temperature' })
  }
  return {
    form: {
      model: text('model'),
      language,
      prompt: text('prompt'),
      temperature: temperature === undefined ? undefined : Number(temperature),
      responseFormat,
      fileName: file.name,
    },
    bytes: Buffer.from(await file.arrayBuffer()),
  }
}

function missingFile(): VllmRefusal {
  return refusal(400, "1 validation error: {'loc': ('body', 'file'), 'msg': 'Field required'}", {
    param: 'file',
  })
}
