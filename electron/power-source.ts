import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PowerMonitor } from 'electron'
import type { PowerSource } from '../shared/desktop/contract.ts'

export interface PowerSourceOptions {
  readonly platform: NodeJS.Platform
  readonly monitor: Pick<PowerMonitor, 'isOnBatteryPower'>
  /** Where Linux tells of its power supplies. */
  readonly folder?: string
}

/** What this device works on now. On Linux, Electron says "no battery" whatever is so, and the kernel is asked. Never rejects. */
export async function powerSource({ platform, monitor, folder }: PowerSourceOptions): Promise<PowerSource> {
  if (platform !== 'linux') return monitor.isOnBatteryPower() ? 'battery' : 'mains'
  return linuxPowerSource(folder ?? '/sys/class/power_supply')
}

interface Supply {
  /** `Mains`, `USB`, `Battery`, … */
  readonly type: string
  readonly online: string
  /** Of a battery: `Discharging`, `Charging`, `Full`, `Not charging`, `Unknown`. */
  readonly status: string
}

/** By https://docs.kernel.org/power/power_supply_class.html: whatever brings power in is on mains, also while a battery helps. */
async function linuxPowerSource(folder: string): Promise<PowerSource> {
  const supplies = await suppliesIn(folder)
  if (supplies === null) return 'unknown'
  const batteries = supplies.filter(({ type }) => type === 'Battery')
  // Without a battery it would not work at all; ports that could bring power in are listed on such machines, too.
  if (batteries.length === 0) return 'mains'
  const others = supplies.filter(({ type }) => type !== 'Battery' && type !== 'UPS')
  if (others.some(({ online }) => online !== '' && online !== '0')) return 'mains'
  if (batteries.some(({ status }) => status === 'Discharging')) return 'battery'
  if (batteries.every(({ status }) => status === '' || status === 'Unknown')) {
    return others.some(({ online }) => online === '0') ? 'battery' : 'unknown'
  }
  return 'mains'
}

/** Those of the machine, without those of mice and headphones; null when the kernel tells of none at all. */
async function suppliesIn(folder: string): Promise<Supply[] | null> {
  const names = await readdir(folder).catch(() => null)
  if (names === null) return null
  const read = (name: string, fact: string): Promise<string> =>
    readFile(join(folder, name, fact), 'utf8').then(
      (text) => text.trim(),
      () => '',
    )
  const all = names.map(async (name) => ({
    type: await read(name, 'type'),
    online: await read(name, 'online'),
    status: await read(name, 'status'),
    scope: await read(name, 'scope'),
  }))
  return (await Promise.all(all)).filter(({ scope }) => scope !== 'Device')
}
