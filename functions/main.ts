import { servePanel } from '../lib/panel/server.ts'
import { manifest } from './manifest.ts'

await servePanel(manifest)
