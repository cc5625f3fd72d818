import pg from 'pg'

const bigint: number = pg.types.builtins.INT8
const timestamptz: number = pg.types.builtins.TIMESTAMPTZ

/** How columns become values: counts come as bigint and ours stay far below 2^53, so they are numbers; everything else as pg has it. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: (type, format): unknown => {
    const oid: number = type
    if (oid === bigint) return Number
    const usual: unknown = pg.types.getTypeParser(oid, format)
    return oid === timestamptz && format !== 'binary' ? instantOf : usual
  },
}

// The driver's own way takes apart what a server in any zone may write, infinite times and years before our era too.
const anyInstant = pg.types.getTypeParser(timestamptz, 'text') as (text: string) => Date | number

/**
 * `2026-11-24 01:02:03.123456+00`, as nearly every server writes it, is ISO but for a blank and the zone, and the engine reads that
 * itself: a page of runs has two hundred of them, and they were the most of reading it.
 */
export function instantOf(text: string): Date | number {
  const isPlain = text.charAt(4) === '-' && text.charAt(10) === ' ' && text.endsWith('+00')
  return isPlain ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : anyInstant(text)
}
