import { computed, ref } from 'vue'
import { api, type DatabaseDetails, type NewDatabase, type Site } from '../api/client.ts'
import { userFor } from '../utils/databases.ts'
import { isAdmin } from './session.ts'

export interface DatabaseFields {
  name: string
  /** Empty: for none. */
  site: string
  /** null: called as the database is, until somebody writes another; empty: none. */
  user: string | null
  charset: NonNullable<NewDatabase['charset']>
  /** Empty: the administrators'. */
  owner: string
}

/** State and actions of the form for a new database. */
export function useNewDatabase(start: { name?: string; site?: string } = {}) {
  const fields = ref<DatabaseFields>({
    name: start.name ?? '',
    site: start.site ?? '',
    user: null,
    charset: 'utf8mb4',
    owner: '',
  })
  const sites = ref<Site[]>([])
  const people = ref<string[]>([])
  void api('GET /api/sites').then(
    (answer) => (sites.value = answer.sites),
    () => undefined,
  )
  if (isAdmin.value)
    void api('GET /api/users').then(
      ({ users }) => (people.value = users.map(({ username }) => username)),
      () => undefined,
    )
  const user = computed({
    get: () => fields.value.user ?? userFor(fields.value.name),
    set: (written) => (fields.value.user = written),
  })

  const create = (): Promise<DatabaseDetails> => {
    const { name, site, charset, owner } = fields.value
    const body: NewDatabase = {
      name: name.trim(),
      site: site || null,
      charset,
      ...(user.value.trim() && { user: user.value.trim() }),
      ...(owner && !site && { owner }),
    }
    return api('POST /api/databases', { body })
  }
  return { fields, user, sites, people, create }
}
