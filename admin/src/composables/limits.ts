import type { PersonFields } from '../components/PersonForm.vue'

type Limits = Record<keyof PersonFields['limits'], number | null>

/** An empty field means as many as wanted. */
export const toLimits = ({ sites, databases, apps, diskMb }: PersonFields['limits']): Limits =>
  ({ sites: sites === '' ? null : sites, databases: databases === '' ? null : databases, apps: apps === '' ? null : apps, diskMb: diskMb === '' ? null : diskMb })

export const fromLimits = ({ sites, databases, apps, diskMb }: Limits): PersonFields['limits'] =>
  ({ sites: sites ?? '', databases: databases ?? '', apps: apps ?? '', diskMb: diskMb ?? '' })
