export function SchedulesPage() {
  return <p>Schedules</p>
}
