import { ActionIcon, Group, Menu, Tooltip, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { IconCheck, IconDeviceDesktop, IconLanguage, IconMoon, IconSun, type Icon } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useConsole } from '../console-context.ts'
import { chooseLanguage, languageChoice, type LanguageChoice } from '../i18n.ts'
import { hrefTo } from '../route.ts'
import { CopyButton } from './copy-button.tsx'
import { EngineState } from './engine-state.tsx'
import classes from './header-strip.module.css'
import { Logo } from './logo.tsx'

/** Name, state of the engine in words, base URL; language and theme. The same on every page. */
export function HeaderStrip() {
  const { t } = useTranslation('common')
  const baseUrl = useConsole((state) => state.status?.listening?.baseUrl)
  return (
    <div className={classes.strip}>
      <a className={classes.brand} href={hrefTo('overview')}>
        <Logo />
        <span className={classes.name}>{t('app.name')}</span>
      </a>
      <EngineState />
      {baseUrl !== undefined && (
        <div className={classes.address}>
          <span className="mono one-line">{baseUrl}</span>
          <CopyButton text={baseUrl} what={t('app.baseUrl')} />
        </div>
      )}
      <Group gap={2} ml="auto" wrap="nowrap">
        <LanguageMenu />
        <ThemeMenu />
      </Group>
    </div>
  )
}

const languages: readonly LanguageChoice[] = ['system', 'zh', 'en']

function LanguageMenu() {
  const { t } = useTranslation('common')
  const [choice, setChoice] = useState(languageChoice)
  return (
    <ChoiceMenu
      label={t('language.label')}
      icon={IconLanguage}
      choices={languages.map((value) => [value, t(`language.${value}`)])}
      chosen={choice}
      onChoose={(value) => {
        setChoice(value)
        void chooseLanguage(value)
      }}
    />
  )
}

const schemes: readonly MantineColorScheme[] = ['auto', 'light', 'dark']
const schemeIcons = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon }

function ThemeMenu() {
  const { t } = useTranslation('common')
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  return (
    <ChoiceMenu
      label={t('theme.label')}
      icon={schemeIcons[colorScheme]}
      choices={schemes.map((value) => [value, t(`theme.${value}`)])}
      chosen={colorScheme}
      onChoose={setColorScheme}
    />
  )
}

interface ChoiceMenuProps<Value extends string> {
  readonly label: string
  readonly icon: Icon
  readonly choices: readonly (readonly [value: Value, text: string])[]
  readonly chosen: Value
  readonly onChoose: (value: Value) => void
}

function ChoiceMenu<Value extends string>({ label, icon: Icon, choices, chosen, onChoose }: ChoiceMenuProps<Value>) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={label}>
          <ActionIcon size="lg" aria-label={label}>
            <Icon size={18} stroke={1.6} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(([value, text]) => (
          <Menu.RadioItem
            key={value}
            value={value}
            checked={value === chosen}
            closeMenuOnClick
            checkIcon={<IconCheck size={16} aria-hidden />}
            onChange={() => onChoose(value)}
          >
            {text}
          </Menu.RadioItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
