import { computed, ref, watch, type Ref } from 'vue'
import { api, type Site, type SiteChanges } from '../api/client.ts'
import { useCall } from './call.ts'
import { showToast } from './toast.ts'

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/**
 * One card of a site's settings: its fields, and what the API is told of them. What is being typed stays when another
 * card is saved.
 */
export function useSetting<F>(
  props: { site: Site },
  fieldsOf: (site: Site) => F,
  changesOf: (fields: F) => SiteChanges,
  changed: (site: Site) => void,
) {
  const { busy, error, run, issue } = useCall()
  const fields = ref(fieldsOf(props.site)) as Ref<F>
  watch(
    () => props.site,
    (next, before) => {
      if (!same(fieldsOf(next), fieldsOf(before))) fields.value = fieldsOf(next)
    },
  )
  const differs = computed(() => !same(fields.value, fieldsOf(props.site)))
  async function save(): Promise<void> {
    const body = changesOf(fields.value)
    const fresh = await run(() => api('PATCH /api/sites/{site}', { params: { site: props.site.domain }, body }))
    if (!fresh) return
    changed(fresh)
    fields.value = fieldsOf(fresh)
    showToast('Saved and live')
  }
  return { fields, busy, error, issue, differs, save }
}
