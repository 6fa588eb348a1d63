import { z } from 'zod'

/** What a file turned out to be, by its content. */
export const FILE_KINDS = [
  'pdf',
  'docx',
  'xlsx',
  'pptx',
  'csv',
  'html',
  'mail',
  'text',
  'archive',
  'image',
] as const
export type FileKind = (typeof FILE_KINDS)[number]

/** A piece of a document that people can find again by its name. */
export const sectionSchema = z.object({
  unit: z.enum(['page', 'sheet', 'slide', 'part']),
  /** `3` of a page or slide, the name of a sheet. */
  name: z.string().max(200),
  text: z.string(),
})
export type Section = z.infer<typeof sectionSchema>

/** An image made ready for a model: upright, without metadata, at most `maxSide` pixels a side. */
export const pictureSchema = z.object({
  mimeType: z.enum(['image/jpeg', 'image/png']),
  base64: z.string(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
})
export type Picture = z.infer<typeof pictureSchema>

export const READ_FAULTS = [
  'file_unsupported',
  'file_damaged',
  'file_locked',
  'file_too_large',
  'file_without_text',
] as const
export type ReadFault = (typeof READ_FAULTS)[number]

export const readingSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('read'),
    kind: z.enum(FILE_KINDS),
    sections: z.array(sectionSchema),
    /** A limit cut off the rest. */
    truncated: z.boolean(),
    picture: pictureSchema.optional(),
  }),
  z.object({ outcome: z.literal('fault'), fault: z.enum(READ_FAULTS), detail: z.string().max(500) }),
])
export type Reading = z.infer<typeof readingSchema>
export type ReadFile = Extract<Reading, { outcome: 'read' }>

export const readJobSchema = z.object({
  name: z.string(),
  mimeType: z.string().optional(),
  /** Of the file that follows, in bytes. */
  size: z.number().int().nonnegative(),
  limits: z.object({
    maxCharacters: z.number().int().positive(),
    maxPages: z.number().int().positive(),
    maxPixels: z.number().int().positive(),
    maxSide: z.number().int().positive(),
    maxExpandedBytes: z.number().int().positive(),
  }),
})
export type ReadJob = z.infer<typeof readJobSchema>
export type ReadLimits = ReadJob['limits']

export const READ_LIMITS: ReadLimits = {
  maxCharacters: 2_000_000,
  maxPages: 1_000,
  maxPixels: 50_000_000,
  maxSide: 1_568,
  maxExpandedBytes: 200 * 1024 * 1024,
}
