import { computed, ref } from 'vue'
import { api, type ApiError } from '../api/client.ts'

interface Person {
  username: string
  role: 'admin' | 'user'
}

/** User who is signed in; undefined until it is known. */
const person = ref<Person | null>()
export const user = computed(() => person.value?.username ?? null)
export const isAdmin = computed(() => person.value?.role === 'admin')

/** Asks the panel who is signed in, once. */
export async function knowUser(): Promise<string | null> {
  if (person.value === undefined) person.value = await api('GET /api/session').catch(() => null)
  return user.value
}

/** Throws ApiError; `code_required` when there is a second factor and no code was sent. */
export async function signIn(username: string, password: string, code?: string): Promise<void> {
  person.value = await api('POST /api/session', { body: { username, password, ...(code && { code }) } })
}

/** Browsers make and use passkeys only where the panel has a name. */
export const passkeysWork = 'PublicKeyCredential' in window && !/^[\d.]+$|^\[/.test(location.hostname)

/** Signs in with a passkey that the browser asks for. Throws ApiError, or the browser's own refusal. */
export async function signInWithPasskey(): Promise<void> {
  const options = await api('POST /api/session/passkey/options')
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  )
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
  person.value = await api('POST /api/session/passkey', { body: { response: credential.toJSON() as never } })
}

/** Makes a passkey in the browser and keeps it under a name. */
export async function makePasskey(name: string, password: string): Promise<void> {
  const options = await api('POST /api/account/passkeys/options', { body: { password } })
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  )
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  await api('POST /api/account/passkeys', { body: { name, response: credential.toJSON() as never } })
}

export async function signOut(): Promise<void> {
  await api('DELETE /api/session').catch((error: ApiError) => error)
  person.value = null
}

/** The panel says that nobody is signed in any more. */
export function flushSession(): void {
  person.value = null
}
