import { onScopeDispose, ref } from 'vue'
import { ApiError } from '../api/client.ts'

/**
 * Sends a file as it is, with its own percentage: fetch does not tell how far it is. Answers the job's id, null when it
 * was cancelled.
 */
export function useUpload() {
  /** null: nothing is sent. */
  const percent = ref<number | null>(null)
  let request: XMLHttpRequest | null = null

  async function send(path: string, file: File): Promise<string | null> {
    percent.value = 0
    const sent = await new Promise<XMLHttpRequest | null>((resolve) => {
      const xhr = (request = new XMLHttpRequest())
      xhr.upload.addEventListener(
        'progress',
        ({ loaded, total }) => (percent.value = total > 0 ? Math.floor((loaded / total) * 100) : 0),
      )
      xhr.addEventListener('load', () => resolve(xhr))
      xhr.addEventListener('error', () => resolve(xhr))
      xhr.addEventListener('abort', () => resolve(null))
      xhr.open('POST', path)
      xhr.setRequestHeader('content-type', 'application/octet-stream')
      xhr.send(file)
    })
    request = null
    percent.value = null
    if (!sent) return null
    if (sent.status === 202) return (JSON.parse(sent.responseText) as { job: string }).job
    throw new ApiError(sent.status, refusalOf(sent))
  }

  const cancel = () => request?.abort()
  onScopeDispose(cancel)
  return { percent, send, cancel }
}

const lost = {
  message: 'The connection was lost during the upload, so nothing was changed. Send the file again.',
}

/** A proxy in between, or nobody, may answer instead of the panel. */
function refusalOf({ responseText }: XMLHttpRequest): object {
  try {
    return JSON.parse(responseText) as object
  } catch {
    return lost
  }
}
