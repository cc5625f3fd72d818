import { Button, Skeleton } from '@mantine/core'
import type { InferContractRouterOutputs } from '@orpc/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Contract } from '../../../shared/contract/index.ts'
import type { ChannelType } from '../../../shared/incidents.ts'
import { desktopChannel } from '../../../shared/notifications/dispatch-plan.ts'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import { Failure } from '../../components/failure.tsx'
import { notifyFailure } from '../../components/notify.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import own from './notifications.module.css'
import { TestResult } from './test-result.tsx'

type Channel = InferContractRouterOutputs<Contract>['notifications']['channels']['channels'][number]

const typeWords: Readonly<Record<ChannelType, string>> = {
  in_app: 'Console',
  desktop: 'Desktop',
  webhook: 'Webhook',
  slack: 'Slack',
  email: 'E-mail',
  command: 'Command',
}

/** Ways to tell somebody, how they do, and what the other side says when it is tried. */
export function ChannelsSection() {
  const organizationId = useOrganizationId()
  const { data, error, refetch } = useQuery(
    useQueries().notifications.channels.queryOptions({ input: { organizationId } }),
  )
  useFollowClock(data?.asOf)
  const channels = data?.channels ?? []
  return (
    <section className={classes['section']} aria-labelledby="channels">
      <h2 id="channels">Channels</h2>
      <p>
        A channel is described in the local file of an agent, with its secrets in that agent's environment; what is told
        on it is decided here, by routes. The console itself always shows everything.
      </p>
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={72} />}
      {channels.length > 0 && <ChannelsTable channels={channels} />}
      {data !== undefined && channels.every(({ name }) => name === desktopChannel) && <HowToAdd />}
    </section>
  )
}

function ChannelsTable({ channels }: { channels: readonly Channel[] }) {
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Channels</caption>
        <thead>
          <tr>
            <th scope="col">Channel</th>
            <th scope="col" data-secondary>
              Agents that have it
            </th>
            <th scope="col" data-secondary>
              Waiting
            </th>
            <th scope="col">Last told</th>
            <th scope="col" data-secondary>
              Last failed
            </th>
            <th scope="col">
              <span className="pm-visually-hidden">Test</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {channels.map((channel) => (
            <ChannelRows key={`${channel.name} ${channel.type}`} channel={channel} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ChannelRows({ channel }: { channel: Channel }) {
  const { name, type, agents, lastDeliveredAt, lastFailedAt, lastFailure, notice } = channel
  const test = useTest(channel)
  return (
    <>
      <tr>
        <th scope="row" className={own['name']}>
          <StateMark {...healthOf(channel)} />
          <Name text={name} />
          <span className="pm-dim">{type === null ? 'unknown' : typeWords[type]}</span>
        </th>
        <td data-secondary>
          {agents.length === 0 ? <span className="pm-dim">none is running</span> : <Name text={agents.join(', ')} />}
        </td>
        <td data-secondary>{waitingInWords(channel)}</td>
        <td>
          <Age at={lastDeliveredAt} />
        </td>
        <td data-secondary>
          <Age at={lastFailedAt} />
          {lastFailedAt !== null && notice === null && (
            <bdi className={own['reason']}> {lastFailure?.slice(0, 200)}</bdi>
          )}
        </td>
        <td className={own['actions']}>
          <Button
            variant="default"
            aria-label={`Send test notification on ${name}`}
            disabled={test.whyNot !== null}
            title={test.whyNot ?? undefined}
            loading={test.isPending}
            onClick={test.send}
          >
            Send test
          </Button>
        </td>
      </tr>
      {(notice !== null || test.deliveryId !== null) && (
        <tr className={own['below']}>
          <td colSpan={6}>
            {notice !== null && (
              <p>
                <bdi>{notice}</bdi>
              </p>
            )}
            {test.deliveryId !== null && (
              <TestResult key={test.deliveryId} channel={name} deliveryId={test.deliveryId} />
            )}
          </td>
        </tr>
      )}
    </>
  )
}

function useTest({ name, agents }: Channel) {
  const organizationId = useOrganizationId()
  const whyNotChange = useWhyNot()
  const [deliveryId, setDeliveryId] = useState<string | null>(null)
  const { mutate, isPending } = useMutation(
    useQueries().notifications.test.mutationOptions({
      onError: notifyFailure,
      onSuccess: ({ deliveryId: id }) => setDeliveryId(id),
    }),
  )
  return {
    deliveryId,
    isPending,
    whyNot:
      whyNotChange ?? (agents.length === 0 ? 'No running agent has this channel, so nobody could send it.' : null),
    send: () => mutate({ organizationId, channel: name }),
  }
}

function healthOf({ notice, agents, lastDeliveredAt }: Channel): {
  state: 'failed' | 'completed' | 'unknown'
  word: string
} {
  if (notice !== null) return { state: 'failed', word: 'Does not work' }
  if (lastDeliveredAt === null) return { state: 'unknown', word: 'Not tried yet' }
  // It has told something: whoever could is not here now.
  if (agents.length === 0) return { state: 'unknown', word: 'Nobody has it now' }
  return { state: 'completed', word: 'Works' }
}

function waitingInWords({ pending, held }: Channel): string {
  const parts = [
    pending > 0 ? `${pending.toLocaleString()} pending` : null,
    held > 0 ? `${held.toLocaleString()} held by quiet hours` : null,
  ].filter((part) => part !== null)
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}

const lines = `notifications:
  channels:
    ops_slack: { slack: { url_env: SLACK_URL } }
    pager: { webhook: { url_env: PAGER_URL, secret_env: PAGER_SECRET } }
http: { allow_hosts: [hooks.slack.com, pager.example.com] }`

function HowToAdd() {
  return (
    <div className={own['howTo']}>
      <p>
        To be told elsewhere, add lines such as these to the{' '}
        <code className={classes['code']}>pipeline-manager.yaml</code> of an agent, set the variables in its
        environment, and start it again:
      </p>
      <pre tabIndex={0} role="region" aria-label="Lines for pipeline-manager.yaml">
        {lines}
      </pre>
    </div>
  )
}
