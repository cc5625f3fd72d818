const formats = new Map<string, Intl.NumberFormat | null>()

/** Money in the reader's locale; from a thousand on without cents. A currency that nobody knows stands behind the number as it is. */
export function moneyText(amount: number, currency: string | null): string {
  const digits = Math.abs(amount) >= 1_000 ? 0 : 2
  const format = formatOf(currency, digits)
  const number = amount.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return format?.format(amount) ?? (currency === null ? number : `${number} ${currency.slice(0, 10)}`)
}

/** Null for what is no currency; an older program may have written anything. */
function formatOf(currency: string | null, digits: number): Intl.NumberFormat | null {
  if (currency === null) return null
  const key = `${currency} ${digits}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const format = /^[A-Z]{3}$/.test(currency)
    ? new Intl.NumberFormat(undefined, {
        style: 'currency',
        currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
    : null
  formats.set(key, format)
  return format
}

export function ratioText(ratio: number | null): string {
  return ratio === null ? '–' : ratio.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}

export function percentText(share: number | null): string {
  if (share === null) return '–'
  return share.toLocaleString(undefined, { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 })
}

/** Two days of a calendar, whatever the reader's zone: "Nov 20" and "Nov 27", with their years where those differ. */
export function daysText(first: string, last: string): [string, string] {
  const year = first.slice(0, 4) === last.slice(0, 4) ? {} : ({ year: 'numeric' } as const)
  const text = (day: string): string =>
    new Date(`${day}T00:00:00Z`).toLocaleDateString(undefined, {
      timeZone: 'UTC',
      month: 'short',
      day: 'numeric',
      ...year,
    })
  return [text(first), text(last)]
}
