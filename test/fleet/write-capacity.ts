import { readFile, writeFile } from 'node:fs/promises'
import { reckonPage } from './capacity-page.ts'

// npm run capacity: reckons the tables of docs/capacity.md anew, from the R that stands there.

const path = new URL('../../docs/capacity.md', import.meta.url)
await writeFile(path, reckonPage(await readFile(path, 'utf8')))
