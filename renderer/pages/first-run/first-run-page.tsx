import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'

/** The guided path from nothing to the first answer. */
export function FirstRunPage() {
  const { t } = useTranslation('firstRun')
  return <PageHeader title={t('title')} intro={t('intro')} />
}
