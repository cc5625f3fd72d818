import { ActionIcon, Button, Checkbox, Group, Popover, Stack, Text, TextInput, Tooltip } from '@mantine/core'
import { IconBookmark, IconBookmarkFilled, IconPencil, IconTrash } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
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
  const menu = useRef<HTMLDivElement>(null)
  const buttons = useRef(new Map<string, HTMLButtonElement>())
  return (
    <Stack gap="sm" ref={menu} tabIndex={-1} className={classes['menu'] ?? ''}>
      {views.length === 0 ? (
        <Text size="sm" className="pm-dim">
          A view is the filters of this page under a name, on this device.
        </Text>
      ) : (
        <ul className={classes['views']} aria-label="Views of this page">
          {views.map((view, index) => (
            <View
              key={view.id}
              view={view}
              isShown={view.id === shown?.id}
              saved={saved}
              hold={(button) => {
                if (button === null) buttons.current.delete(view.id)
                else buttons.current.set(view.id, button)
              }}
              onRemove={() => {
                // The focus goes to the next one, or the last; with none left it stays in the menu.
                const next = views[index + 1] ?? views[index - 1]
                const button = next === undefined ? undefined : buttons.current.get(next.id)
                ;(button ?? menu.current)?.focus()
                saved.remove(view)
              }}
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
  readonly onRemove: () => void
  /** Takes its button, which has the focus after what was done to its neighbours. */
  readonly hold: (button: HTMLButtonElement | null) => void
}

function View({ view, isShown, saved, onOpen, onRemove, hold }: ViewProps) {
  const [isRenaming, setIsRenaming] = useState(false)
  const wasRenamed = useRef(false)
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
            wasRenamed.current = true
            setIsRenaming(false)
          }}
          isTakingFocus
        />
      </li>
    )
  }
  return (
    <li className={classes['view']}>
      <Button
        ref={(button) => {
          hold(button)
          if (button === null || !wasRenamed.current) return
          wasRenamed.current = false
          button.focus()
        }}
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
      <ActionIcon aria-label={`Remove ${view.name}`} onClick={onRemove}>
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
      whyNot={(name) => saved.whyNotSave(name, withBrand && brandName !== null)}
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
  /** Of a menu that is open already: what is typed next is the name. */
  readonly isTakingFocus?: boolean
  readonly children?: ReactNode
}

function NameForm({ label, start, verb, whyNot, onDone, isTakingFocus = false, children }: NameFormProps) {
  const [name, setName] = useState(start)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (!isTakingFocus) return
    field.current?.focus()
    field.current?.select()
  }, [isTakingFocus])
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
          ref={field}
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
