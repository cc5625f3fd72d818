import { Link } from 'wouter'
import classes from './navigation.module.css'

/** Three steps of a pipeline in a frame, the last of them done. */
export function Wordmark({ href }: { href: string }) {
  return (
    <Link href={href} className={classes['wordmark'] ?? ''}>
      <ProductMark size={22} />
      <span>Pipeline Manager</span>
    </Link>
  )
}

export function ProductMark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden>
      <rect x="1" y="1" width="22" height="22" rx="6" fill="var(--pm-text)" />
      <path d="M6 8h4a3 3 0 0 1 3 3v2a3 3 0 0 0 3 3h2" fill="none" stroke="var(--pm-page)" strokeWidth="1.75" />
      <circle cx="6.5" cy="8" r="2" fill="var(--pm-page)" />
      <circle cx="17.5" cy="16" r="2.6" fill="var(--pm-page)" />
    </svg>
  )
}
