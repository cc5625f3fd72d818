import { join } from 'node:path'
import type { MenuItemConstructorOptions, Tray } from 'electron'
import type { ElectronParts } from './parts.ts'
import type { TrayAction, TrayEntry, TrayIcon, TrayModel } from './tray-model.ts'

export interface ConsoleTrayOptions {
  readonly parts: Pick<ElectronParts, 'Tray' | 'Menu' | 'nativeImage'>
  readonly platform: NodeJS.Platform
  /** Folder of the icons that scripts/icons/make-icons.ts makes. */
  readonly icons: string
  readonly onAction: (action: TrayAction) => void
}

/** Shows the model; what has not changed is left alone, since a menu that is open closes when it is replaced. */
export class ConsoleTray {
  readonly #options: ConsoleTrayOptions
  /** Kept: a tray that is collected as garbage vanishes. */
  readonly #tray: Tray
  #shown = ''

  constructor(options: ConsoleTrayOptions, first: TrayModel) {
    this.#options = options
    this.#tray = new options.parts.Tray(this.#image(first.icon))
    // A click on macOS opens the menu, and is told besides.
    if (options.platform !== 'darwin') this.#tray.on('click', () => options.onAction({ type: 'open', place: null }))
    this.show(first)
  }

  show(model: TrayModel): void {
    const { parts, platform, onAction } = this.#options
    const text = JSON.stringify(model)
    if (text === this.#shown) return
    this.#shown = text
    this.#tray.setImage(this.#image(model.icon))
    this.#tray.setToolTip(`Pipeline Manager: ${model.tooltip}`)
    if (platform === 'darwin') this.#tray.setTitle(model.title)
    // Linux takes no changes of a menu that is set.
    this.#tray.setContextMenu(parts.Menu.buildFromTemplate(model.entries.map((entry) => menuItem(entry, onAction))))
  }

  destroy(): void {
    this.#tray.destroy()
  }

  #image(icon: TrayIcon) {
    const { parts, platform, icons } = this.#options
    const kind = platform === 'darwin' ? 'Template' : ''
    const image = parts.nativeImage.createFromPath(join(icons, `tray-${icon}${kind}.png`))
    // Black with transparency: macOS paints it for a light or dark bar.
    if (platform === 'darwin') image.setTemplateImage(true)
    return image
  }
}

function menuItem(entry: TrayEntry, onAction: (action: TrayAction) => void): MenuItemConstructorOptions {
  if (entry.type === 'line') return { type: 'separator' }
  if (entry.type === 'submenu') {
    return { label: entry.label, submenu: entry.entries.map((inner) => menuItem(inner, onAction)) }
  }
  const { label, action } = entry
  return action === null ? { label, enabled: false } : { label, click: () => onAction(action) }
}
