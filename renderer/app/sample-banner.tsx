import { useSession } from '../client/context.tsx'
import classes from './sample-banner.module.css'

/** Nobody should take the sample's numbers for their own. */
export function SampleBanner() {
  if (!useSession().isSample) return null
  return (
    <p className={classes['banner']}>
      This is the sample workspace: made-up brands, real runs. Remove it with <code>pm sample remove</code>.
    </p>
  )
}
