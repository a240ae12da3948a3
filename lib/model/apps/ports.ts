/** Ports of apps, on loopback: below those the kernel gives to outgoing connections. */
export const appPorts = { first: 20_000, last: 29_999 } as const

/** Addresses of loopback that an app may listen on; programs that are told `localhost` take either. */
export const appAddresses = ['127.0.0.1', '::1'] as const
export type AppAddress = (typeof appAddresses)[number]

/** How long an app may take for an answer (s): nginx waits so long, and gunicorn lets its workers. */
export const ANSWER_TIMEOUT_S = 3_600
