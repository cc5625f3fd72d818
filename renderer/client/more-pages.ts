/** Of a list that is read page by page, as far as going on takes it. */
export interface Pages {
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  /** Also what is there already is being asked again. */
  readonly isFetching: boolean
  readonly error: unknown
  readonly fetchNextPage: () => Promise<unknown>
  readonly refetch: (how: { cancelRefetch: boolean }) => Promise<unknown>
}

/**
 * What the end of a list asks for when it comes into view; undefined: there is no more, it is on its way, or it has failed. A list asks each
 * time it is drawn, so after a failure it would ask for ever, as fast as it is refused: the failure is said, and asked again where it is.
 */
export function morePages(pages: Pages): (() => void) | undefined {
  const more = nextPage(pages)
  return pages.hasNextPage && !pages.isFetchingNextPage && pages.error === null ? more : undefined
}

/** What a button for more asks for; called while it is drawn, so that the list is drawn again when it begins to be asked again. */
export function nextPage({
  isFetching,
  fetchNextPage,
  refetch,
}: Pick<Pages, 'isFetching' | 'fetchNextPage' | 'refetch'>) {
  return (): void => void fetchMore({ isFetching, fetchNextPage, refetch })
}

/**
 * The next page, at once: nobody waits at the end of a list for what stands above it. The question that was under way is given up for it, and
 * with it the change for which it was asked, of which nobody tells twice; so it is asked afterwards.
 */
async function fetchMore({
  isFetching,
  fetchNextPage,
  refetch,
}: Pick<Pages, 'isFetching' | 'fetchNextPage' | 'refetch'>): Promise<void> {
  await fetchNextPage()
  if (isFetching) await refetch({ cancelRefetch: false })
}
