import { IconBellX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useQueries } from '../client/context.tsx'
import classes from './channel-notices.module.css'
import { useOrganization } from './organization.ts'
import { pagePath } from './places.ts'

const shown = 2

/** Whoever trusts a channel has to hear that it fails from another one: here. Nothing while all of them do what they should. */
export function ChannelNotices() {
  const { id, hasSection } = useOrganization()
  const { data } = useQuery(
    useQueries().notifications.channels.queryOptions({ input: { organizationId: id }, enabled: hasSection }),
  )
  const notices = (data?.channels ?? []).flatMap(({ notice }) => notice ?? [])
  if (notices.length === 0) return null
  return (
    <div role="status" className={classes['notices']}>
      {notices.slice(0, shown).map((notice) => (
        <p key={notice}>
          <IconBellX size={14} aria-hidden="true" />
          <strong>Not everybody is told.</strong> <bdi title={notice}>{notice}</bdi>{' '}
          <Link href={pagePath(id, 'notifications')}>Notifications</Link>
        </p>
      ))}
      {notices.length > shown && <p>{notices.length - shown} more; Notifications has all of them.</p>}
    </div>
  )
}
