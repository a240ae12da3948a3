import {
  api,
  start,
  type Certificate,
  type CertificateOverview,
  type CertificateRequest,
  type CustomCertificate,
  type Site,
} from '../api/client.ts'

/** Subject of a certificate, and the operations about it. */
export interface CertificateTarget {
  name: string
  /** The names it may be asked for. */
  choices: string[]
  /** Its names that are wildcards. */
  wildcards: string[]
  /** How visitors come while there is none. */
  without: string
  read: () => Promise<Certificate>
  /** The address of the jobs that get it. */
  work: string
  /** Answers the job's id. */
  ask: (body: CertificateRequest) => Promise<string>
  bring: (body: CustomCertificate) => Promise<Certificate>
  remove: () => Promise<void>
}

export function siteTarget(site: Site): CertificateTarget {
  const params = { site: site.domain }
  const names = namesOf(site)
  return {
    name: site.unicodeDomain,
    choices: [
      ...new Set([...names, ...names.filter((name) => !/^(?:www|\*)\./.test(name)).map((name) => `*.${name}`)]),
    ],
    wildcards: names.filter((name) => name.startsWith('*.')),
    without:
      'Visitors use http, which others on the way can read and change. The button below gets a free ' +
      'certificate, and the panel renews it from then on.',
    read: () => api('GET /api/sites/{site}/certificate', { params }),
    work: `/sites/${encodeURIComponent(site.domain)}/certificate`,
    ask: (body) => start('POST /api/sites/{site}/certificate', { params, body }),
    bring: (body) => api('PUT /api/sites/{site}/certificate', { params, body }),
    remove: async () => void (await api('DELETE /api/sites/{site}/certificate', { params })),
  }
}

export const serverTarget = (serverName: string): CertificateTarget => ({
  name: serverName,
  choices: [serverName],
  wildcards: [],
  without: 'The panel uses its self-signed certificate, so browsers show a warning.',
  read: () => api('GET /api/settings/certificate'),
  work: '/settings/certificate',
  ask: (body) => start('POST /api/settings/certificate', { body }),
  bring: (body) => api('PUT /api/settings/certificate', { body }),
  remove: async () => void (await api('DELETE /api/settings/certificate')),
})

function namesOf({ domain, aliases, redirectWww }: Site): string[] {
  const other = domain.startsWith('www.') ? domain.slice(4) : `www.${domain}`
  return [...new Set([domain, ...aliases, ...(redirectWww ? [other] : [])])]
}

export type Tone = 'good' | 'warn' | 'bad' | 'none'

/** How urgent it is: red is what hurts visitors, or soon will. */
export function toneOf({
  state,
  problem,
  missingNames,
  warning,
}: Pick<CertificateOverview, 'state' | 'problem' | 'missingNames' | 'warning'>): Tone {
  if (state === 'none') return 'none'
  if (['expired', 'broken', 'expiring'].includes(state)) return 'bad'
  return state === 'due' || problem || warning || missingNames.length > 0 ? 'warn' : 'good'
}

/** Meaning of each state for visitors. */
export const meanings: Record<Exclude<Certificate['state'], 'none'>, string> = {
  valid: 'Visitors use https without a warning.',
  due: 'The panel renews it within twelve hours.',
  expiring: 'It expires soon; then visitors see a warning.',
  expired: 'It has expired, and visitors see a warning.',
  broken: 'Its files are missing or damaged, and visitors see a warning. Get it or enter it again.',
}

export function lifeText(days: number): string {
  const count = Math.abs(days)
  const unit = count === 1 ? 'day' : 'days'
  return days < 0 ? `expired ${count} ${unit} ago` : days === 0 ? 'less than a day left' : `${count} ${unit} left`
}

export const day = (iso: string): string => new Date(iso).toLocaleDateString(undefined, { dateStyle: 'long' })
export const moment = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
