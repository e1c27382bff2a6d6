import { Title } from '@mantine/core'
import classes from './settings-page.module.css'

export interface SettingsSectionProps {
  readonly title: string
  /** One sentence on what it is about. */
  readonly hint?: string
  readonly children: React.ReactNode
}

/** A heading with its sentence on the left, the settings in a box on the right; one below the other where it's narrow. */
export function SettingsSection({ title, hint, children }: SettingsSectionProps) {
  return (
    <section className={classes.section} aria-label={title}>
      <div className={classes.about}>
        <Title order={2}>{title}</Title>
        {hint !== undefined && <p className="small dim">{hint}</p>}
      </div>
      <div className={`panel ${classes.box}`}>{children}</div>
    </section>
  )
}
