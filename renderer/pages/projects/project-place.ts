/** Where a project's editor is: by its name, or by its place where the name says too little. Pure. */
import type { ProjectView } from '../../../proxy/contract.ts'
import { hrefTo } from '../../route.ts'

// Nobody names a project like this, and if they do, its place leads to it.
const byPlace = '+'

export function newProjectHref(): string {
  return hrefTo('projects', [byPlace])
}

export function isNewProject(rest: readonly string[]): boolean {
  return rest.length === 1 && rest[0] === byPlace
}

export function projectHref(projects: readonly ProjectView[], { name, index }: ProjectView): string {
  const isClear = name !== '' && name !== byPlace && projects.filter((other) => other.name === name).length === 1
  return hrefTo('projects', isClear ? [name] : [byPlace, String(index)])
}

export function findProject(projects: readonly ProjectView[], rest: readonly string[]): ProjectView | undefined {
  const [first, second] = rest
  if (first === byPlace) return second === undefined ? undefined : projects[Number(second)]
  return projects.find(({ name }) => name === first)
}
