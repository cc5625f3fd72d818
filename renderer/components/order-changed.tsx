import { Button } from '@mantine/core'
import classes from './order-changed.module.css'

export interface OrderChangedProps {
  readonly isChanged: boolean
  readonly onSort: () => void
}

/** Says that a list whose order is held (held-order.ts) would stand otherwise by now. Its room is always there: nothing moves when it comes. */
export function OrderChanged({ isChanged, onSort }: OrderChangedProps) {
  return (
    <div className={classes['place']} role="status">
      {isChanged && (
        <>
          <span className={classes['words']}>The order has changed.</span>
          <Button
            variant="default"
            onClick={onSort}
            title="It is kept while you are in the list, or have opened something"
          >
            Sort now
          </Button>
        </>
      )}
    </div>
  )
}
