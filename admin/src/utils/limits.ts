import type { UserFields } from '../components/users/UserForm.vue'

type Fields = UserFields['limits']
type Limits = Record<keyof Fields, number | null>

const each = <From, To>(limits: Record<keyof Fields, From>, change: (value: From) => To): Record<keyof Fields, To> => ({
  sites: change(limits.sites),
  databases: change(limits.databases),
  apps: change(limits.apps),
  diskMb: change(limits.diskMb),
  files: change(limits.files),
})

/** An empty field means as many as wanted. */
export const toLimits = (fields: Fields): Limits => each(fields, (value) => (value === '' ? null : value))

export const fromLimits = (limits: Limits): Fields => each(limits, (value) => value ?? '')
