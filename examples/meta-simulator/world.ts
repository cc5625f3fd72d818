import { noise } from './random.ts'

export interface AccountSpec {
  /** Digits, without `act_`. */
  readonly id: string
  readonly name: string
  /** ISO 4217. */
  readonly currency: string
  /** IANA name. */
  readonly timeZone: string
  readonly ads: number
  /** Share of the ads that deliver on a day, 0 to 1; 0.8 unless told. */
  readonly delivering?: number
  /** False: every token lacks permission for it. */
  readonly permitted?: boolean
  readonly adName?: (index: number) => string
  /** What is odd about single videos, by the index of their ad. */
  readonly oddVideos?: Readonly<Record<number, OddVideo>>
}

/** `huge`: 3 GB; `endless`: 3 GB without saying so; `web_page`: HTML; `missing`: Meta gives no address; `gone`: 404. */
export type OddVideo = 'huge' | 'endless' | 'web_page' | 'missing' | 'gone'

export type AdStatus = 'ACTIVE' | 'PAUSED' | 'ARCHIVED' | 'DELETED'

export interface Account extends AccountSpec {
  /** 1 for the first. */
  readonly number: number
}

export interface Ad {
  readonly account: Account
  readonly index: number
  readonly id: string
  readonly name: string
  readonly status: AdStatus
  readonly campaign: { readonly id: string; readonly name: string }
  readonly creativeId: string
  /** Null = its creative is an image. */
  readonly videoId: string | null
  readonly imageHash: string
}

/** Accounts for who names none: three brands of different size, money and time zone. */
export const usualAccounts: readonly AccountSpec[] = [
  { id: '1001', name: 'Alder Outdoor', currency: 'USD', timeZone: 'America/New_York', ads: 24 },
  { id: '1002', name: 'Birch Coffee', currency: 'EUR', timeZone: 'Europe/Berlin', ads: 9 },
  { id: '1003', name: 'Cedar Home', currency: 'JPY', timeZone: 'Asia/Tokyo', ads: 0 },
]

/** Kinds of ids; real ones are as long, beyond what a JavaScript number holds exactly. */
const prefixes = { campaign: '1201', ad: '1202', creative: '1203', video: '1204' } as const

const hooks = ['Summer', 'Back to school', 'New arrivals', 'Last chance', 'Bestsellers', 'Founder story', 'Unboxing']
const formats = ['UGC', 'Static', 'Carousel', 'Testimonial']

/** Everything there is, worked out when it is asked for: 200,000 ads need no more room than two. */
export class World {
  readonly seed: number
  readonly accounts: readonly Account[]

  constructor(seed: number, accounts: readonly AccountSpec[] = usualAccounts) {
    this.seed = seed
    this.accounts = accounts.map((spec, index) => ({ ...spec, number: index + 1 }))
  }

  /** By its id, with or without `act_`. */
  account(id: string): Account | null {
    return this.accounts.find((account) => account.id === id.replace(/^act_/, '')) ?? null
  }

  ad(account: Account, index: number): Ad {
    const campaign = Math.floor(index / 8)
    const isVideo = index % 3 === 0
    return {
      account,
      index,
      id: idOf('ad', account.number, index),
      name: account.adName?.(index) ?? adName(this.seed, account.number, index),
      status: statusOf(this.seed, account.number, index),
      campaign: {
        id: idOf('campaign', account.number, campaign),
        name: `${hooks[campaign % hooks.length]} ${2026 + (campaign % 2)} | ${account.name}`,
      },
      creativeId: idOf('creative', account.number, index),
      videoId: isVideo ? idOf('video', account.number, index) : null,
      imageHash: imageHash(this.seed, account.number, Math.floor(index / 2)),
    }
  }

  adById(id: string): Ad | null {
    return this.#adOf(new RegExp(`^${prefixes.ad}(\\d{4})(\\d{9})$`).exec(id), 1)
  }

  /** The ad whose video or image has this id or hash; null when there is none. */
  adOfVideo(id: string): Ad | null {
    const ad = this.#adOf(new RegExp(`^${prefixes.video}(\\d{4})(\\d{9})$`).exec(id), 1)
    return ad?.videoId === id ? ad : null
  }

  adOfImage(hash: string): Ad | null {
    const ad = this.#adOf(/^([0-9a-f]{4})([0-9a-f]{8})[0-9a-f]{20}$/.exec(hash), 2, 16)
    return ad?.imageHash === hash ? ad : null
  }

  #adOf(match: RegExpExecArray | null, perImage: number, radix = 10): Ad | null {
    if (match === null) return null
    const [number = 0, index = 0] = match.slice(1).map((digits) => Number.parseInt(digits, radix))
    const account = this.accounts[number - 1]
    if (account === undefined || index * perImage >= account.ads) return null
    return this.ad(account, index * perImage)
  }
}

function idOf(kind: keyof typeof prefixes, account: number, index: number): string {
  return `${prefixes[kind]}${String(account).padStart(4, '0')}${String(index).padStart(9, '0')}`
}

/** Looks like an MD5, and tells whose image it is. */
function imageHash(seed: number, account: number, image: number): string {
  const rest = [0, 1, 2].map((part) => hex(noise(seed, account, image, part) * 2 ** 28, 7)).join('')
  return `${hex(account, 4)}${hex(image, 8)}${rest.slice(0, 20)}`
}

function hex(value: number, digits: number): string {
  return Math.floor(value).toString(16).padStart(digits, '0')
}

function adName(seed: number, account: number, index: number): string {
  const hook = hooks[Math.floor(noise(seed, account, index, 11) * hooks.length)]
  return `${hook} – ${formats[index % formats.length]} ${index + 1}`
}

function statusOf(seed: number, account: number, index: number): AdStatus {
  const share = noise(seed, account, index, 12)
  if (index === 0 || share < 0.7) return 'ACTIVE'
  return share < 0.92 ? 'PAUSED' : 'ARCHIVED'
}
