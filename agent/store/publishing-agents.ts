/**
 * Whether the catalog of an agent counts, of a row of `listed`, which holds agents with `alive`: the living, those that are lost, for as
 * long as they are listed, and those that were stopped, for a week, unless another took their place: one of the same name and host, or, of
 * those that were stopped in order, of the same name (a container has a new host name each time). What data may be how old is not
 * forgotten because nobody is there to refresh it.
 */
export const publishes = `(
  listed.alive
  or (listed.state <> 'stopped' or listed.heartbeat_at > now() - interval '7 days') and not exists (
    select from listed successor where successor.alive and successor.name = listed.name
      and (successor.host = listed.host or listed.state = 'stopped')
  )
)`
