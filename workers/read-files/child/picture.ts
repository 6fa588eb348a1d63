import sharp from 'sharp'
import type { Picture, ReadLimits } from '../reading.ts'
import { FileFault } from './fault.ts'

/** Upright by its own mark, scaled down, without metadata; the first frame of an animation. */
export async function readPicture(data: Buffer, limits: ReadLimits): Promise<Picture> {
  sharp.cache(false)
  sharp.concurrency(1)
  try {
    const image = sharp(data, { limitInputPixels: limits.maxPixels, failOn: 'error', pages: 1 })
      .autoOrient()
      .resize({
        width: limits.maxSide,
        height: limits.maxSide,
        fit: 'inside',
        withoutEnlargement: true,
      })
    const { hasAlpha } = await sharp(data, { limitInputPixels: limits.maxPixels }).metadata()
    const form = hasAlpha ? image.png({ compressionLevel: 9 }) : image.jpeg({ quality: 85, mozjpeg: true })
    const { data: bytes, info } = await form.toBuffer({ resolveWithObject: true })
    const mimeType = hasAlpha ? 'image/png' : 'image/jpeg'
    return { mimeType, base64: bytes.toString('base64'), width: info.width, height: info.height }
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    if (/pixel limit/i.test(message)) throw new FileFault('file_too_large', 'more pixels than are allowed')
    throw new FileFault('file_damaged', message.slice(0, 100))
  }
}
