import { Kbd, Modal } from '@mantine/core'
import { Link } from 'wouter'
import { isMac, keyGroups, keyName } from './key-list.ts'
import classes from './keys-dialog.module.css'
import { pagePath, useOrganizationId } from './places.ts'
import { usePreferences } from './preferences.tsx'
import { useReturnFocus } from './return-focus.ts'

/** `?`: every key of the console. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  useReturnFocus()
  const { preferences } = usePreferences()
  const organizationId = useOrganizationId()
  return (
    <Modal opened onClose={onClose} title="Keys" size={760} closeButtonProps={{ 'aria-label': 'Close' }}>
      {!preferences.singleKeys && (
        <p className={classes['note']}>
          Single keys are switched off.{' '}
          <Link href={pagePath(organizationId, 'settings')} onClick={onClose}>
            Switch them on in Settings
          </Link>
          .
        </p>
      )}
      <KeyTables />
    </Modal>
  )
}

export function KeyTables() {
  const mac = isMac()
  return (
    <div className={classes['groups']}>
      {keyGroups.map(({ name, keys }) => (
        <table key={name} className={classes['group']}>
          <caption>{name}</caption>
          <tbody>
            {keys.map(({ keys, does }) => (
              <tr key={does}>
                <th scope="row">
                  {keys.map((key) => (
                    <Kbd key={key}>{keyName(key, mac)}</Kbd>
                  ))}
                </th>
                <td>{does}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  )
}
