/** As the list of tabs has it. */
export const schedulesTab = { path: 'schedules', label: 'Schedules' } as const

/** Parts of the tab as they stand in the address; the first is shown first. */
export const schedulesParts = ['schedules', 'triggers', 'holds'] as const
export type SchedulesPart = (typeof schedulesParts)[number]

export const schedulesLabels: Readonly<Record<SchedulesPart, string>> = {
  schedules: 'Schedules',
  triggers: 'Triggers',
  holds: 'Holds',
}
