/** The pages by their place in the address. Each is a chunk of its own: CodeMirror and charts load where they are used. */
import { lazy } from 'react'
import {
  IconActivity,
  IconCube,
  IconLayoutDashboard,
  IconPlugConnected,
  IconServer2,
  IconSettings,
  IconFolders,
  IconRoute,
  type Icon,
} from '@tabler/icons-react'
import type { PageId } from '../route.ts'

export interface PageEntry {
  readonly icon: Icon
  readonly Page: React.ComponentType
}

export const pages: Readonly<Record<PageId, PageEntry>> = {
  overview: {
    icon: IconLayoutDashboard,
    Page: lazy(() => import('./overview/overview-page.tsx').then((module) => ({ default: module.OverviewPage }))),
  },
  requests: {
    icon: IconActivity,
    Page: lazy(() => import('./requests/requests-page.tsx').then((module) => ({ default: module.RequestsPage }))),
  },
  upstreams: {
    icon: IconServer2,
    Page: lazy(() => import('./upstreams/upstreams-page.tsx').then((module) => ({ default: module.UpstreamsPage }))),
  },
  projects: {
    icon: IconFolders,
    Page: lazy(() => import('./projects/projects-page.tsx').then((module) => ({ default: module.ProjectsPage }))),
  },
  models: {
    icon: IconCube,
    Page: lazy(() => import('./models/models-page.tsx').then((module) => ({ default: module.ModelsPage }))),
  },
  connect: {
    icon: IconPlugConnected,
    Page: lazy(() => import('./connect/connect-page.tsx').then((module) => ({ default: module.ConnectPage }))),
  },
  settings: {
    icon: IconSettings,
    Page: lazy(() => import('./settings/settings-page.tsx').then((module) => ({ default: module.SettingsPage }))),
  },
  'first-run': {
    icon: IconRoute,
    Page: lazy(() => import('./first-run/first-run-page.tsx').then((module) => ({ default: module.FirstRunPage }))),
  },
}
