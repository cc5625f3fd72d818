import classes from './desktop.module.css'

/** What a person should know about this device, in whole sentences. */
export function Notices({ notices }: { notices: readonly string[] }) {
  if (notices.length === 0) return null
  return (
    <ul className={classes['notices']} aria-label="About this device" role="alert">
      {notices.map((notice) => (
        <li key={notice}>{notice}</li>
      ))}
    </ul>
  )
}
