import { Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { pages } from '../pages/index.ts'
import { hrefTo, pageIds, useRoute } from '../route.ts'
import classes from './navigation.module.css'

/** Links to the pages; from 960 px on with words, below as icons. */
export function Navigation() {
  const { t } = useTranslation('common')
  const { page } = useRoute()
  const narrow = useMediaQuery('(max-width: 59.99em)', undefined, { getInitialValueInEffect: false })
  return (
    <ul className={classes.list}>
      {pageIds.map((id) => {
        const Icon = pages[id].icon
        const name = t(`page.${id}`)
        return (
          <li key={id}>
            <Tooltip label={name} position="right" disabled={!narrow} openDelay={0}>
              <a
                className={classes.link}
                href={hrefTo(id)}
                aria-current={id === page ? 'page' : undefined}
                aria-label={narrow ? name : undefined}
              >
                <Icon className={classes.icon} size={18} stroke={1.6} aria-hidden />
                {!narrow && <span>{name}</span>}
              </a>
            </Tooltip>
          </li>
        )
      })}
    </ul>
  )
}
