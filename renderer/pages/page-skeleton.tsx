import classes from './page.module.css'

const widths = [46, 30, 92, 91, 90, 89, 88]

/** Stands in while the code of a page is on its way. */
export function PageSkeleton() {
  return (
    <div role="status" aria-label="Loading the page">
      {widths.map((width) => (
        <div key={width} className={classes['bone']} style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}
