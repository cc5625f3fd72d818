/** Draws every icon of the desktop: `node scripts/icons/make-icons.ts <folder>`; the build does it into out/icons. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Color, drawPng, icns, ico, type Layer } from './raster.ts'
import { fresh, pipeline, plate, trayShapes } from './shapes.ts'

const black: Color = [0, 0, 0]
const white: Color = [255, 255, 255]
const ink: Color = [34, 39, 46]
const teal: Color = [32, 178, 150]

/** Of the tray, where it is not painted by the system: readable on light bars and on dark ones; the shape says the state. */
const trayColors: Readonly<Record<keyof typeof trayShapes, Color>> = {
  ok: [24, 150, 126],
  at_risk: [206, 138, 22],
  problems: [224, 62, 54],
  running: [58, 130, 230],
  offline: [128, 136, 148],
  paused: [128, 136, 148],
}

const product: readonly Layer[] = [
  { shape: plate, color: ink },
  { shape: pipeline, color: white },
  { shape: fresh, color: teal },
]

/** Tray icons are asked for at 16 points (macOS) to 24 pixels, at twice that on dense screens. */
const traySizes = { mac: 16, other: 24 } as const

export async function makeIcons(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const write = (name: string, data: Buffer): Promise<void> => writeFile(join(folder, name), data)
  const drawn = new Map<number, Buffer>()
  const picture = (size: number): { size: number; data: Buffer } => {
    const data = drawn.get(size) ?? drawPng(size, product)
    drawn.set(size, data)
    return { size, data }
  }
  await write('icon.png', picture(1024).data)
  await write('icon.ico', ico([16, 24, 32, 48, 64, 128, 256].map(picture)))
  await write('icon.icns', icns([128, 256, 512, 1024].map(picture)))
  for (const [name, shape] of Object.entries(trayShapes)) {
    const color = trayColors[name as keyof typeof trayShapes]
    for (const [suffix, scale] of [['', 1] as const, ['@2x', 2] as const]) {
      await write(`tray-${name}Template${suffix}.png`, drawPng(traySizes.mac * scale, [{ shape, color: black }]))
      await write(`tray-${name}${suffix}.png`, drawPng(traySizes.other * scale, [{ shape, color }]))
    }
  }
}

if (import.meta.main) await makeIcons(resolve(process.argv[2] ?? 'out/icons'))
