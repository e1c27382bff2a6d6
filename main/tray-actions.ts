/** Does what an entry of the tray's menu stands for. Everything of Electron comes in as functions. */
import type { ControlApi, DesktopApi } from '../proxy/contract.ts'
import type { ConfigActions } from './config-actions.ts'
import type { TrayAction } from './tray-menu.ts'

export interface TrayActionOptions {
  readonly control: Pick<ControlApi, 'revealSecret' | 'reloadConfig'>
  readonly desktop: Pick<
    DesktopApi,
    'startEngine' | 'stopEngine' | 'restartEngine' | 'setLaunchAtLogin' | 'useNextFreePort'
  >
  readonly configActions: ConfigActions
  /** The port that the config or the engine names at present. */
  readonly currentPort: () => number
  readonly showConsole: (href: string | null) => void
  readonly copy: (text: string) => Promise<void>
  readonly openConfig: () => Promise<void>
  readonly quit: () => void
}

/** @returns what rejects when the action failed. */
export function createTrayActions(options: TrayActionOptions): (action: TrayAction) => Promise<void> {
  const { control, desktop, configActions } = options
  return async (action) => {
    switch (action.do) {
      case 'open-console':
        return options.showConsole(action.href)
      case 'copy':
        return options.copy(action.text)
      case 'copy-project-key':
        return options.copy(await control.revealSecret({ kind: 'project-key', project: action.project }))
      case 'start':
        return desktop.startEngine()
      case 'stop':
        return desktop.stopEngine()
      case 'restart':
        return desktop.restartEngine()
      case 'retry':
        // What still stands in the way is shown by the state.
        await control.reloadConfig()
        return
      case 'use-next-port':
        await desktop.useNextFreePort({ save: action.save })
        return
      case 'set-upstream':
        return configActions.setUpstreamEnabled(action.name, action.on)
      case 'set-reach':
        return configActions.setReach(action.reach, options.currentPort())
      case 'set-launch-at-login':
        await desktop.setLaunchAtLogin(action.on)
        return
      case 'set-language':
        return configActions.setLanguage(action.language)
      case 'open-config':
        return options.openConfig()
      case 'quit':
        return options.quit()
    }
  }
}
