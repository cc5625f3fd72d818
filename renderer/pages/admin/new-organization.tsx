import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useQueries } from '../../client/context.tsx'
import { commandFailureOf } from '../../client/queries.ts'
import { notifyDone } from '../../components/notify.ts'
import { NameForm } from './name-form.tsx'
import { refreshBrands } from './use-brand-commands.ts'

/** Its section is on from the beginning, because it was made here. */
export function NewOrganization({ whyNot }: { whyNot: string | null }) {
  const queries = useQueries()
  const cache = useQueryClient()
  const create = useMutation(
    queries.admin.createOrganization.mutationOptions({ onSettled: () => refreshBrands(cache, queries) }),
  )
  return (
    <NameForm
      label="New organization"
      button="Make organization"
      isPending={create.isPending}
      failure={create.error === null ? null : commandFailureOf(create.error).message}
      whyNot={whyNot}
      onSubmit={(name, done) =>
        create.mutate(
          { name },
          {
            onSuccess: () => {
              done()
              notifyDone(`Made the organization ${name.trim().slice(0, 60)}. Choose it in the header to add brands.`)
            },
          },
        )
      }
    />
  )
}
