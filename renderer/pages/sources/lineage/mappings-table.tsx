import { Button } from '@mantine/core'
import type { LineageMappingRow } from '../../../../shared/contract/sources.ts'
import { counted } from '../../../components/counts.ts'
import { Age } from '../../../components/time.tsx'
import { Name } from '../../../components/untrusted.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import classes from '../../page.module.css'
import own from '../sources.module.css'
import { isOurs, type Mapping } from './mapping-values.ts'
import { useRemoveMapping } from './use-mappings.ts'

export interface MappingsTableProps {
  readonly mappings: readonly LineageMappingRow[]
  readonly isEditing: boolean
  readonly onEdit: (mapping: Mapping) => void
}

/** What names mean, the most specific first. */
export function MappingsTable({ mappings, isEditing, onEdit }: MappingsTableProps) {
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Mappings</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Means</th>
            <th scope="col" data-secondary>
              Decides
            </th>
            <th scope="col" data-secondary>
              Changed
            </th>
            <th scope="col">
              <span className="pm-visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {mappings.map((mapping) => (
            <MappingRow
              key={`${mapping.id} ${mapping.namespace}\n${mapping.name}`}
              mapping={mapping}
              isEditing={isEditing}
              onEdit={onEdit}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function MappingRow({
  mapping,
  isEditing,
  onEdit,
}: Omit<MappingsTableProps, 'mappings'> & { mapping: LineageMappingRow }) {
  const { name, namespace, brand, dataset, names, changedAt, changedBy } = mapping
  return (
    <tr>
      <th scope="row" className={own['name']}>
        <bdi>{name.slice(0, 200)}</bdi> <bdi className="pm-dim">{namespace === '*' ? '' : namespace.slice(0, 200)}</bdi>
      </th>
      <td>
        <Name text={`${dataset} of ${brand.name}`} />
      </td>
      <td data-secondary>{counted(names, 'name')}</td>
      <td data-secondary>
        {changedAt === null ? (
          <span className="pm-dim">in the file of an agent</span>
        ) : (
          <>
            <Age at={changedAt} />{' '}
            <span className="pm-dim">
              by <bdi>{(changedBy ?? '').slice(0, 100)}</bdi>
            </span>
          </>
        )}
      </td>
      <td className={own['actions']}>
        {isOurs(mapping) && <Actions mapping={mapping} isEditing={isEditing} onEdit={onEdit} />}
      </td>
    </tr>
  )
}

function Actions({ mapping, isEditing, onEdit }: Omit<MappingsTableProps, 'mappings'> & { mapping: Mapping }) {
  const { remove, isPending } = useRemoveMapping()
  const whyNot = useWhyNot()
  const name = mapping.name.slice(0, 100)
  return (
    <>
      <Button
        variant="default"
        aria-label={`Edit the mapping of ${name}`}
        disabled={whyNot !== null || isEditing}
        onClick={() => onEdit(mapping)}
      >
        Edit
      </Button>
      <Button
        variant="default"
        aria-label={`Remove the mapping of ${name}`}
        disabled={whyNot !== null || isPending || isEditing}
        onClick={() => remove(mapping)}
      >
        Remove
      </Button>
    </>
  )
}
