import { ProductMark } from '../app/navigation/wordmark.tsx'
import classes from './desktop.module.css'
import { useDesktop } from './desktop-context.tsx'
import { DeviceForm } from './device-form.tsx'
import { Notices } from './notices.tsx'

/** The first thing a person sees: one screen, nothing runs before it is answered. */
export function SetupPage() {
  const desktop = useDesktop()
  if (desktop === null) return null
  const { settings, hasDatabaseUrl } = desktop.status
  const wantsUrl = settings.isSetUp && settings.database === 'external' && !hasDatabaseUrl
  return (
    <main className={classes['page']}>
      <div className={classes['content']}>
        <header>
          <ProductMark size={36} />
          <h1>{wantsUrl ? 'The database of this device' : 'Set up this device'}</h1>
          <p>
            {wantsUrl
              ? 'Its URL was kept for one session only. Paste it again to go on.'
              : 'Nothing runs on this device before you have said so. Everything can be changed later, in Settings.'}
          </p>
        </header>
        <Notices notices={desktop.status.notices} />
        <DeviceForm desktop={desktop} submitLabel="Start" />
      </div>
    </main>
  )
}
