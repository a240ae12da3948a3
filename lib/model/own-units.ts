/**
 * How health looks at each unit of the panel that is installed: `up` must be active at any time; `once` may have ended,
 * and only a failure counts; `each` is a template, whose instances are looked at by their sites or hooks; `upgrade`
 * runs in one alone, and the installer tells how it ended; `asks` is the panel, which asks.
 */
export const ownUnits = {
  'hosting-panel.service': 'asks',
  'hosting-panel-agent.socket': 'up',
  'hosting-panel-agent.service': 'once',
  'hosting-panel-supervisor.socket': 'up',
  'hosting-panel-supervisor.service': 'once',
  'hosting-panel-guard.service': 'once',
  'hosting-panel-sockets.service': 'up',
  'hosting-panel-mail.socket': 'up',
  'hosting-panel-mail.service': 'once',
  'hosting-panel-go-back.service': 'upgrade',
  'hosting-panel-app@.service': 'each',
  'hosting-panel-hook@.service': 'each',
  'hosting-panel-php@.service': 'each',
  'hosting-panel-php@.socket': 'each',
  'hosting-panel-php-shared@.service': 'each',
  'hosting-panel-php-shared@.socket': 'each',
} as const

type Unit = keyof typeof ownUnits

const named = (how: 'up' | 'once'): Unit[] => (Object.keys(ownUnits) as Unit[]).filter((unit) => ownUnits[unit] === how)

export const unitsUp = named('up')
export const unitsOnce = named('once')

/** A unit's name as people are told it. */
export const serviceOfUnit = (unit: string): string => unit.replace(/\.(?:service|socket)$/, '')

/** The services that health answers for these units. */
export const ownServices = [...new Set([...unitsUp, ...unitsOnce].map(serviceOfUnit))]
