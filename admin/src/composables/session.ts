import { ref } from 'vue'
import { api, type ApiError } from '../api/client.ts'

/** Who is signed in; undefined until it is known. */
export const user = ref<string | null>()

/** Asks the panel who is signed in, once. */
export async function knowUser(): Promise<string | null> {
  if (user.value === undefined) user.value = await api('GET /api/session').then(({ username }) => username, () => null)
  return user.value ?? null
}

export async function signIn(username: string, password: string): Promise<void> {
  user.value = (await api('POST /api/session', { body: { username, password } })).username
}

export async function signOut(): Promise<void> {
  await api('DELETE /api/session').catch((error: ApiError) => error)
  user.value = null
}
