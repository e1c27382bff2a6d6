import common from './common.json'
import connect from './connect.json'
import diagnostics from './diagnostics.json'
import firstRun from './firstRun.json'
import models from './models.json'
import overview from './overview.json'
import projects from './projects.json'
import requests from './requests.json'
import settings from './settings.json'
import upstreams from './upstreams.json'

export const texts = {
  common,
  overview,
  requests,
  upstreams,
  projects,
  models,
  connect,
  settings,
  firstRun,
  diagnostics,
}
