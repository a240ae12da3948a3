import { showToast } from './toast.ts'

/** Puts a text into the clipboard, or says what to do where the browser does not let it. */
export async function copy(text: string, what = ''): Promise<void> {
  await navigator.clipboard.writeText(text).then(
    () => showToast(what ? `${what} copied` : 'Copied'),
    () => showToast('The browser did not allow it: select the text and copy it by hand'),
  )
}
