import { useState } from 'react'
import { Button, PasswordInput, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { keepToken, parseToken, readToken } from '../token.ts'
import { Logo } from './logo.tsx'
import classes from './token-page.module.css'

/** Shown when the engine refuses the console: asks for the URL of the terminal, or the token in it. */
export function TokenPage() {
  const { t } = useTranslation('common')
  const [text, setText] = useState('')
  const [invalid, setInvalid] = useState(false)
  const [hadToken] = useState(() => readToken() !== null)

  function handleSubmit(event: React.FormEvent): void {
    event.preventDefault()
    const token = parseToken(text)
    if (token === null) return setInvalid(true)
    keepToken(token)
    // A fresh start is the simplest way to a transport with the new token.
    location.reload()
  }

  return (
    <main className={classes.page}>
      <form className={`panel ${classes.form}`} onSubmit={handleSubmit}>
        <Logo />
        <Title order={1}>{t('token.title')}</Title>
        <Text size="sm">{hadToken ? `${t('token.refused')} ${t('token.text')}` : t('token.text')}</Text>
        <PasswordInput
          label={t('token.field')}
          value={text}
          error={invalid ? t('token.invalid') : null}
          autoComplete="off"
          data-autofocus
          onChange={(event) => {
            setText(event.currentTarget.value)
            setInvalid(false)
          }}
          visibilityToggleButtonProps={{ 'aria-label': t('action.revealOf', { what: t('token.field') }) }}
        />
        <Button type="submit" disabled={text.trim() === ''}>
          {t('token.open')}
        </Button>
      </form>
    </main>
  )
}
