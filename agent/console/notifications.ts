import { channels, test } from './notification-channels.ts'
import { deliveries, delivery } from './notification-deliveries.ts'
import { removeRoute, routes, setRoute } from './notification-routes.ts'
import { setSettings, settings } from './notification-settings.ts'

export const notifications = {
  channels,
  routes,
  setRoute,
  removeRoute,
  settings,
  setSettings,
  test,
  delivery,
  deliveries,
}
