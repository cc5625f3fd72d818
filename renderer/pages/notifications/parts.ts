export const notificationsParts = ['channels', 'when', 'mutes', 'deliveries'] as const
export type NotificationsPart = (typeof notificationsParts)[number]

export const partLabels: Readonly<Record<NotificationsPart, string>> = {
  channels: 'Channels and routes',
  when: 'Quiet hours and kinds',
  mutes: 'Mute rules',
  deliveries: 'Deliveries',
}
