import type { DeviceMessage } from '../../agent/incidents/device-outbox.ts'

export function deviceMessage(id: string, changes: Partial<DeviceMessage> = {}): DeviceMessage {
  const incidentId = `incident-${id}`
  return {
    id,
    title: `Title ${id}`,
    body: `Body ${id}`,
    severity: 'problem',
    place: `/incidents/${incidentId}`,
    incidentId,
    ...changes,
  }
}
