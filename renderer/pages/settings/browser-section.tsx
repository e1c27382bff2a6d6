import { useState } from 'react'
import { useMantineColorScheme } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { chooseLanguage, languageChoice } from '../../i18n.ts'
import { ChoiceField } from './choice-field.tsx'
import { SettingsSection } from './settings-section.tsx'
import classes from './settings-page.module.css'

/** Language and theme of this console; they are kept by the browser, not in the config. */
export function BrowserSection() {
  const { t } = useTranslation(['settings', 'common'])
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  const [language, setLanguage] = useState(languageChoice)
  return (
    <SettingsSection title={t('appearance')} hint={t('appearanceHint')}>
      <div className={classes.two}>
        <ChoiceField
          label={t('common:language.label')}
          value={language}
          choices={{ system: t('common:language.system'), zh: t('common:language.zh'), en: t('common:language.en') }}
          onChange={(choice) => {
            setLanguage(choice)
            void chooseLanguage(choice)
          }}
        />
        <ChoiceField
          label={t('common:theme.label')}
          value={colorScheme}
          choices={{ auto: t('common:theme.auto'), light: t('common:theme.light'), dark: t('common:theme.dark') }}
          onChange={setColorScheme}
        />
      </div>
    </SettingsSection>
  )
}
