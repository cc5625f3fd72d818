/**
 * The icons, drawn once: each shape says of a point whether it lies in it. Coordinates run from 0 to 1, x to the right, y down. The shapes
 * of the tray are those of the console's marks, so that they are told apart without colours and at 12 pixels.
 */
export type Shape = (x: number, y: number) => boolean

const distance = (x: number, y: number): number => Math.hypot(x - 0.5, y - 0.5)
/** 0 to 1, clockwise from the top. */
const turn = (x: number, y: number): number => (Math.atan2(x - 0.5, 0.5 - y) / (2 * Math.PI) + 1) % 1

const disc: Shape = (x, y) => distance(x, y) <= 0.42
const ring: Shape = (x, y) => distance(x, y) <= 0.42 && distance(x, y) >= 0.29

/** Pointing up, its corners rounded off by the raster. */
const triangle: Shape = (x, y) => y >= 0.08 && y <= 0.9 && Math.abs(x - 0.5) <= ((y - 0.08) / 0.82) * 0.47

const exclamation: Shape = (x, y) => Math.abs(x - 0.5) <= 0.06 && ((y >= 0.36 && y <= 0.62) || (y >= 0.7 && y <= 0.81))

export const trayShapes = {
  ok: disc,
  at_risk: (x, y) => ring(x, y) || (disc(x, y) && y >= 0.5),
  problems: (x, y) => triangle(x, y) && !exclamation(x, y),
  running: (x, y) => ring(x, y) && turn(x, y) <= 0.78,
  offline: (x, y) => ring(x, y) && (turn(x, y) * 6) % 1 < 0.58,
  paused: (x, y) => y >= 0.12 && y <= 0.88 && Math.abs(Math.abs(x - 0.5) - 0.2) <= 0.1,
} as const satisfies Readonly<Record<string, Shape>>

/** The plate of the product's icon: a square with round corners, as far from the border as macOS wants it. */
export const plate: Shape = (x, y) => roundedSquare(x, y, 0.1, 0.19)

function roundedSquare(x: number, y: number, margin: number, radius: number): boolean {
  const half = 0.5 - margin
  const outside = (at: number): number => Math.max(0, Math.abs(at - 0.5) - (half - radius))
  return Math.hypot(outside(x), outside(y)) <= radius && Math.abs(x - 0.5) <= half && Math.abs(y - 0.5) <= half
}

/** On the plate: a pipeline of three stages, the last one fresh. */
export const pipeline: Shape = (x, y) => {
  const isStage = [0.29, 0.5].some((at) => Math.hypot(x - at, y - 0.5) <= 0.075)
  const isPipe = Math.abs(y - 0.5) <= 0.022 && x >= 0.29 && x <= 0.72
  return isStage || isPipe
}
export const fresh: Shape = (x, y) => Math.hypot(x - 0.71, y - 0.5) <= 0.105
