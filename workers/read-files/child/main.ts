import { buffer } from 'node:stream/consumers'
import { readJobSchema } from '../reading.ts'
import { read } from './read.ts'

/** Standard input: one line of JSON, then the file. Standard output: one JSON document. */
const input = await buffer(process.stdin)
const end = input.indexOf(10)
const job = readJobSchema.parse(JSON.parse(input.subarray(0, end).toString('utf8')))
const reading = await read(job, input.subarray(end + 1, end + 1 + job.size))
process.stdout.write(JSON.stringify(reading))
