import { ActionIcon, Button, Checkbox, Group, Popover, Stack, Text, TextInput, Tooltip } from '@mantine/core'
import { IconBookmark, IconBookmarkFilled, IconPencil, IconTrash } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useBrandName } from '../app/organization.ts'
import { longestName, type SavedView } from './saved-views.ts'
import { useSavedViews } from './use-saved-views.ts'
import classes from './views-menu.module.css'

/** The filters of this page that are kept under a name: named when they are those of now, chosen, saved, renamed, removed. */
export function ViewsMenu() {
  const [isOpen, setIsOpen] = useState(false)
  const { shown } = useSavedViews()
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={320} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          className={classes['button'] ?? ''}
          data-active={shown !== null || undefined}
          leftSection={
            shown === null ? <IconBookmark size={14} aria-hidden /> : <IconBookmarkFilled size={14} aria-hidden />
          }
          onClick={() => setIsOpen(!isOpen)}
        >
          {shown === null ? (
            'Views'
          ) : (
            <span className={classes['name']}>
              View: <bdi>{shown.name}</bdi>
            </span>
          )}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>{isOpen && <Views onClose={() => setIsOpen(false)} />}</Popover.Dropdown>
    </Popover>
  )
}

function Views({ onClose }: { onClose: () => void }) {
  const saved = useSavedViews()
  const { views, shown, isFiltered } = saved
  return (
    <Stack gap="sm">
      {views.length === 0 ? (
        <Text size="sm" className="pm-dim">
          A view is the filters of this page under a name, on this device.
        </Text>
      ) : (
        <ul className={classes['views']} aria-label="Views of this page">
          {views.map((view) => (
            <View
              key={view.id}
              view={view}
              isShown={view.id === shown?.id}
              saved={saved}
              onOpen={() => {
                onClose()
                saved.open(view)
              }}
            />
          ))}
        </ul>
      )}
      {shown === null && isFiltered && <SaveForm saved={saved} onSaved={onClose} />}
      {shown === null && !isFiltered && (
        <Text size="sm" className="pm-dim">
          Set filters first, then save them here.
        </Text>
      )}
    </Stack>
  )
}

interface ViewProps {
  readonly view: SavedView
  readonly isShown: boolean
  readonly saved: ReturnType<typeof useSavedViews>
  readonly onOpen: () => void
}

function View({ view, isShown, saved, onOpen }: ViewProps) {
  const [isRenaming, setIsRenaming] = useState(false)
  if (isRenaming) {
    return (
      <li>
        <NameForm
          label={`New name of ${view.name}`}
          start={view.name}
          verb="Rename"
          whyNot={(name) => (name.trim() === view.name ? null : saved.whyNotName(name))}
          onDone={(name) => {
            saved.rename(view.id, name)
            setIsRenaming(false)
          }}
        />
      </li>
    )
  }
  return (
    <li className={classes['view']}>
      <Button
        variant="subtle"
        color="gray"
        justify="flex-start"
        className={classes['open'] ?? ''}
        aria-current={isShown ? 'true' : undefined}
        leftSection={isShown ? <IconBookmarkFilled size={14} aria-hidden /> : <IconBookmark size={14} aria-hidden />}
        onClick={onOpen}
      >
        <bdi>{view.name}</bdi>
      </Button>
      <ActionIcon aria-label={`Rename ${view.name}`} onClick={() => setIsRenaming(true)}>
        <IconPencil size={14} />
      </ActionIcon>
      <ActionIcon aria-label={`Remove ${view.name}`} onClick={() => saved.remove(view)}>
        <IconTrash size={14} />
      </ActionIcon>
    </li>
  )
}

function SaveForm({ saved, onSaved }: Pick<ViewProps, 'saved'> & { onSaved: () => void }) {
  const [withBrand, setWithBrand] = useState(false)
  const brandName = useBrandName()
  return (
    <NameForm
      label="Name of these filters"
      start=""
      verb="Save view"
      whyNot={saved.whyNotSave}
      onDone={(name) => {
        saved.save(name, withBrand && brandName !== null)
        onSaved()
      }}
    >
      {brandName !== null && (
        <Checkbox
          label={
            <>
              With this brand: <bdi>{brandName.slice(0, 60)}</bdi>
            </>
          }
          checked={withBrand}
          onChange={(event) => setWithBrand(event.currentTarget.checked)}
        />
      )}
    </NameForm>
  )
}

interface NameFormProps {
  readonly label: string
  readonly start: string
  readonly verb: string
  /** Why it cannot be called so; null when it can. */
  readonly whyNot: (name: string) => string | null
  readonly onDone: (name: string) => void
  readonly children?: ReactNode
}

function NameForm({ label, start, verb, whyNot, onDone, children }: NameFormProps) {
  const [name, setName] = useState(start)
  const reason = whyNot(name)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === null) onDone(name)
      }}
    >
      <Stack gap="xs">
        <TextInput
          label={label}
          value={name}
          maxLength={longestName}
          data-autofocus
          error={name === '' ? null : reason}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {children}
        <Group justify="flex-end">
          <Tooltip label={reason} disabled={reason === null}>
            <Button type="submit" aria-disabled={reason !== null} data-disabled={reason !== null || undefined}>
              {verb}
            </Button>
          </Tooltip>
        </Group>
      </Stack>
    </form>
  )
}
