import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { LogLine } from '../../shared/contract/runs.ts'
import { usePreferences } from '../app/preferences.tsx'
import { countText } from './counts.ts'
import { type LeastLevel, lineAsText, linesFrom } from './log-filter.ts'
import { useKeepPlace, useLogSearch } from './log-search.ts'
import { type LogSegment, logSegments } from './log-text.ts'
import { LogTools } from './log-tools.tsx'
import classes from './log-view.module.css'
import { useShownZone } from './time.tsx'

export interface LogViewProps {
  readonly lines: readonly LogLine[]
  /** More lines may come: the end is kept in view until the reader scrolls up. */
  readonly isLive: boolean
  /** What is still missing, or why; null when everything is here. */
  readonly note: string | null
  readonly onDownload: () => void
  readonly isDownloading?: boolean
}

const lineHeight = 20

/**
 * A log of any length: only what is in view is drawn, from its end. Enter or `n` goes to the next line found and Shift+Enter or `N` to the
 * one before; End goes to the newest line and follows it again.
 */
export function LogView({ lines, isLive, note, onDownload, isDownloading = false }: LogViewProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [least, setLeast] = useState<LeastLevel>('debug')
  const [isWrapped, setIsWrapped] = useState(false)
  const [isFollowing, setIsFollowing] = useState(true)
  const shown = useMemo(() => linesFrom(lines, least), [lines, least])
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    getItemKey: (index) => shown[index]?.seq ?? index,
    overscan: 20,
  })
  const last = shown.length - 1
  useEffect(() => {
    if (isFollowing && last >= 0) virtualizer.scrollToIndex(last, { align: 'end' })
  }, [isFollowing, last, virtualizer])
  useEffect(() => virtualizer.measure(), [isWrapped, virtualizer])
  const show = useCallback(
    (position: number) => {
      setIsFollowing(false)
      virtualizer.scrollToIndex(position, { align: 'center' })
    },
    [virtualizer],
  )
  const search = useLogSearch(shown, show)
  useKeepPlace(shown, isFollowing, virtualizer)
  const { singleKeys } = usePreferences().preferences
  return (
    <div className={classes['log']} onKeyDown={(event) => onLogKey(event, singleKeys, search.step)}>
      <LogTools
        search={search.text}
        onSearch={search.start}
        found={search.found}
        onStep={search.step}
        least={least}
        onLeast={setLeast}
        isWrapped={isWrapped}
        onWrap={setIsWrapped}
        copy={() => shown.map(lineAsText).join('\n')}
        onDownload={onDownload}
        isDownloading={isDownloading}
      />
      {note !== null && <p className={classes['note']}>{note}</p>}
      <div
        ref={scroller}
        className={classes['scroller']}
        role="region"
        aria-label={`Log, ${countText(shown.length)} lines`}
        tabIndex={0}
        data-wrapped={isWrapped || undefined}
        onKeyDown={(event) => {
          if (event.key === 'End') setIsFollowing(true)
        }}
        onScroll={({ currentTarget }) => {
          setIsFollowing(isAtEnd(currentTarget))
        }}
      >
        <div className={classes['lines']} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, key, start }) => (
            <div
              key={key}
              ref={isWrapped ? virtualizer.measureElement : undefined}
              data-index={index}
              className={classes['row']}
              style={{ transform: `translateY(${start}px)` }}
              data-current={shown[index]?.seq === search.current || undefined}
            >
              <Line line={shown[index]} search={search.marked} />
            </div>
          ))}
        </div>
      </div>
      {isLive && !isFollowing && (
        <button type="button" className={classes['follow']} onClick={() => setIsFollowing(true)}>
          Follow the newest lines
        </button>
      )}
    </div>
  )
}

function isAtEnd({ scrollTop, clientHeight, scrollHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < 2 * lineHeight
}

function onLogKey(event: KeyboardEvent, singleKeys: boolean, goTo: (step: number) => void): void {
  const isTyping = (event.target as HTMLElement).closest('input') !== null
  const isSingle = singleKeys && !isTyping && !event.ctrlKey && !event.metaKey
  if (isTyping && event.key === 'Enter') goTo(event.shiftKey ? -1 : 1)
  else if (isSingle && event.key === 'n') goTo(1)
  else if (isSingle && event.key === 'N') goTo(-1)
  else return
  event.preventDefault()
}

/** Drawn again only when the line or what is searched for changes. */
const Line = memo(function Line({ line, search }: { line: LogLine | undefined; search: string }) {
  const { zone } = useShownZone()
  if (line === undefined) return null
  return (
    <>
      <span className={classes['number']}>{line.seq}</span>
      <time className={classes['time']} dateTime={Number.isNaN(line.at.getTime()) ? undefined : line.at.toISOString()}>
        {timeText(line.at, zone)}
      </time>
      <span className={classes['level']} data-level={line.level}>
        {line.level.slice(0, 12)}
      </span>
      {line.step !== null && <bdi className={classes['step']}>{line.step.slice(0, 60)}</bdi>}
      <bdi className={classes['message']}>
        {logSegments(line.message, search).map((segment) => (
          <Segment key={segment.at} segment={segment} />
        ))}
      </bdi>
    </>
  )
})

function Segment({ segment }: { segment: LogSegment }) {
  const { text, colour, background, href, isFound } = segment
  const isPlain = colour === null && background === null && href === null && !isFound && !hasStyle(segment)
  if (isPlain) return text
  const content = isFound ? <mark>{text}</mark> : text
  return (
    <span data-colour={colour ?? undefined} data-background={background ?? undefined} className={classNamesOf(segment)}>
      {href === null ? (
        content
      ) : (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow">
          {content}
        </a>
      )}
    </span>
  )
}

function hasStyle({ isBold, isDim, isItalic, isUnderlined, isStruck }: LogSegment): boolean {
  return isBold || isDim || isItalic || isUnderlined || isStruck
}

function classNamesOf({ isBold, isDim, isItalic, isUnderlined, isStruck }: LogSegment): string {
  return [
    isBold ? classes['bold'] : '',
    isDim ? classes['dim'] : '',
    isItalic ? classes['italic'] : '',
    isUnderlined ? classes['underlined'] : '',
    isStruck ? classes['struck'] : '',
  ].join(' ')
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** "10:00:00.123" */
function timeText(at: Date, zone: string): string {
  if (Number.isNaN(at.getTime())) return 'unknown'
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      hourCycle: 'h23',
    })
    formats.set(zone, format)
  }
  return format.format(at)
}
