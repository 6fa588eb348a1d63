import type { WireAnswer } from '../wire-server.ts'
import { type Homeserver, storeMedia } from './homeserver.ts'
import { MatrixRefusal, notFound } from './refusal.ts'
import { type ApiCall, ok, type Route, route } from './router.ts'

const UPLOAD_BYTES = 50 * 1024 * 1024

/** Types that a homeserver lets a browser show in place (client-server API, serving inline content). */
const INLINE =
  /^(?:text\/(?:css|plain|csv)|application\/(?:json|ld\+json)|image\/(?:jpeg|gif|png|apng|webp|avif)|video\/(?:mp4|webm|ogg|quicktime)|audio\/(?:mp4|webm|aac|mpeg|ogg|wave|wav|x-wav|x-pn-wav|flac|x-flac))$/

export function mediaRoutes(server: Homeserver): Route[] {
  const config = (call: ApiCall) => {
    call.session()
    return ok({ 'm.upload.size': UPLOAD_BYTES })
  }
  const gone = () => {
    throw notFound('Unauthenticated media is no longer served')
  }
  const download = '_matrix/client/v1/media/download/:serverName/:mediaId'
  const old = '_matrix/media/v3'
  return [
    route('POST', `${old}/upload`, (call) => {
      call.session()
      const { body, headers } = call.request
      if (body.length > UPLOAD_BYTES)
        throw new MatrixRefusal(413, 'M_TOO_LARGE', 'Upload request body is too large')
      const contentType = headers['content-type'] ?? 'application/octet-stream'
      const fileName = call.query.get('filename') ?? undefined
      return ok({ content_uri: storeMedia(server, { data: body, contentType, fileName }) })
    }),
    route('GET', `${old}/config`, config),
    route('GET', '_matrix/client/v1/media/config', config),
    route('GET', download, (call) => serve(server, call)),
    route('GET', `${download}/:fileName`, (call) => serve(server, call, call.param('fileName'))),
    route('GET', `${old}/download/:serverName/:mediaId`, gone),
    route('GET', `${old}/download/:serverName/:mediaId/:fileName`, gone),
    route('GET', `${old}/thumbnail/:serverName/:mediaId`, gone),
  ]
}

function serve(server: Homeserver, call: ApiCall, askedName?: string): WireAnswer {
  call.session()
  const isOurs = call.param('serverName') === server.serverName
  const media = isOurs ? server.media.get(call.param('mediaId')) : undefined
  if (!media) throw notFound('Not found')
  const name = askedName ?? media.fileName
  const [type = ''] = media.contentType.split(';')
  const disposition = INLINE.test(type.trim()) ? 'inline' : 'attachment'
  return {
    status: 200,
    headers: {
      'content-type': media.contentType,
      'content-disposition': name
        ? `${disposition}; filename*=utf-8''${encodeURIComponent(name)}`
        : disposition,
      'content-security-policy': "sandbox; default-src 'none'",
    },
    body: media.data,
  }
}
