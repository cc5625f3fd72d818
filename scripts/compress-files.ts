/** Packs the console's files once, when it is built: an agent that packs them for each browser spends longer on it than on anything else it says. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const packers = {
  // The best a browser can unpack takes twice as long, and is a hundredth smaller.
  br: (content: Buffer) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }),
  gz: (content: Buffer) => promisify(gzip)(content, { level: 9 }),
}

/** Writes `name.br` and `name.gz` beside every script and style sheet below the folder. */
export async function compressFiles(folder: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(js|css)$/.test(name))
  await Promise.all(
    names.map(async (name) => {
      const content = await readFile(join(folder, name))
      for (const [extension, pack] of Object.entries(packers)) {
        await writeFile(join(folder, `${name}.${extension}`), await pack(content))
      }
    }),
  )
}
