declare module 'pm2/lib/God.js' {
  const god: unknown
  export default god
}

declare module 'pm2/lib/Daemon.js' {
  const Daemon: new (options: object) => { innerStart(done: () => void): void }
  export default Daemon
}
