import { EventEmitter } from 'node:events'
import type { NotificationConstructorOptions } from 'electron'
import { beforeEach, expect, test } from 'vitest'
import { Notifications, notificationId } from '../../../electron/notifications.ts'
import { deviceMessage } from '../../support/device-message.ts'

const incidentId = '0193b1a2-7c11-7d3e-9a51-0242ac120002'
const message = deviceMessage('7', { incidentId, place: `/incidents/${incidentId}` })

class Shown extends EventEmitter {
  static all: Shown[] = []
  static history: Shown[] = []
  static refusal: string | null = null
  static isThere = true
  static activated: ((details: { arguments: string; actionIndex?: number }) => void) | null = null
  readonly options: NotificationConstructorOptions
  readonly id: string
  constructor(options: NotificationConstructorOptions) {
    super()
    this.options = options
    this.id = options.id ?? ''
    Shown.all.push(this)
  }
  static isSupported(): boolean {
    return Shown.isThere
  }
  static async getHistory(): Promise<Shown[]> {
    return Shown.history
  }
  static handleActivation(callback: NonNullable<typeof Shown.activated>): void {
    Shown.activated = callback
  }
  show(): void {
    const { refusal } = Shown
    queueMicrotask(() => (refusal === null ? this.emit('show') : this.emit('failed', {}, refusal)))
  }
}

let opened: string[]
let acted: [string, string][]
let health: (string | null)[]

function open(platform: NodeJS.Platform, isQuiet = false): Notifications {
  return new Notifications({
    parts: { Notification: Shown as never },
    platform,
    isQuiet: () => isQuiet,
    onOpen: (place) => opened.push(place),
    onAction: (action, id) => acted.push([action, id]),
    onHealth: (failure) => health.push(failure),
  })
}

beforeEach(() => {
  Object.assign(Shown, { all: [], history: [], refusal: null, isThere: true, activated: null })
  opened = []
  acted = []
  health = []
})

test('N4, input 33: a click opens exactly the place of the message', async () => {
  await open('linux').show(message)
  Shown.all[0]?.emit('click', {})
  expect(opened).toEqual([`/incidents/${incidentId}`])
})

/** Windows tells of what a person does with a notification both to it and to `handleActivation`; macOS to it alone. */
function press(platform: NodeJS.Platform, actionIndex?: number): void {
  const [shown] = Shown.all
  const how = actionIndex === undefined ? 'click' : 'action'
  shown?.emit(how, { actionIndex })
  if (platform !== 'win32') return
  const button = actionIndex === undefined ? {} : { actionIndex }
  Shown.activated?.({ arguments: `type=${how}&tag=${shown?.id}`, ...button })
}

test.each(['darwin', 'win32'] as const)('on %s a click on a summary opens its place, once', async (platform) => {
  const notifications = open(platform)
  await notifications.resume()
  await notifications.show({ ...message, incidentId: null, place: '/incidents?state=open' })
  press(platform)
  expect(opened).toEqual(['/incidents?state=open'])
})

test.each(['darwin', 'win32'] as const)(
  'on %s an open incident has buttons, which say what they are about and do it once',
  async (platform) => {
    const notifications = open(platform)
    await notifications.resume()
    await notifications.show(message)
    expect(Shown.all[0]?.options.actions?.map(({ text }) => text)).toEqual(['Acknowledge', 'Snooze 1 h', 'Run the fix'])
    for (const actionIndex of [0, 1, 2]) press(platform, actionIndex)
    expect(acted).toEqual([
      ['acknowledge', incidentId],
      ['snooze', incidentId],
      ['fix', incidentId],
    ])
    press(platform, 9)
    expect(opened).toEqual([`/incidents/${incidentId}`])
  },
)

test('Linux has no buttons; neither has what is over, or a summary', async () => {
  await open('linux').show(message)
  await open('darwin').show({ ...message, severity: 'resolved' })
  await open('darwin').show({ ...message, incidentId: null })
  expect(Shown.all.map(({ options }) => options.actions)).toEqual([[], [], []])
})

test('input 34: a system that refuses, or has nothing to show with, is an error with its reason', async () => {
  Shown.refusal = 'not signed'
  const notifications = open('darwin')
  await expect(notifications.show(message)).rejects.toThrow('not signed')
  Shown.isThere = false
  await expect(notifications.show(message)).rejects.toThrow('nothing that shows notifications')
  Shown.isThere = true
  Shown.refusal = null
  await notifications.show(message)
  expect(health).toEqual([
    'The system refused it: not signed',
    'This system has nothing that shows notifications.',
    null,
  ])
})

test('while it is not to be disturbed, it says so', () => {
  expect(open('linux', true).state()).toBe('do_not_disturb')
  expect(open('linux').state()).toBe('showing')
})

test('input 33: a click on a notification of an earlier process leads to the same place', async () => {
  const old = new Shown({ id: notificationId(message) })
  Shown.history = [old]
  await open('darwin').resume()
  old.emit('click', {})
  await open('win32').resume()
  Shown.activated?.({ arguments: `type=click&tag=incident:${incidentId}` })
  Shown.activated?.({ arguments: `type=action&tag=incident:${incidentId}`, actionIndex: 1 })
  Shown.activated?.({ arguments: 'anything else' })
  expect(opened).toEqual([`/incidents/${incidentId}`, `/incidents/${incidentId}`, '/'])
  expect(acted).toEqual([['snooze', incidentId]])
})

test('an id is never longer than systems take', () => {
  expect(notificationId({ ...message, id: 'x'.repeat(500), incidentId: null }).length).toBeLessThanOrEqual(64)
  expect(notificationId(message).length).toBeLessThanOrEqual(64)
})
