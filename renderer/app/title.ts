import { useEffect } from 'react'
import { useOrganization } from './organization.ts'

const product = 'Pipeline Manager'

/** "Run history · Acme · Pipeline Manager", so that tabs and bookmarks can be told apart. */
export function useTitle(page: string): void {
  const { name } = useOrganization()
  useEffect(() => {
    document.title = [page, name.slice(0, 60), product].filter((part) => part !== '').join(' · ')
  }, [page, name])
}
