import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vite'

const proxySecret = (): string => {
  const file = process.env.HOSTING_PANEL_PROXY_SECRET_FILE
  return file ? readFileSync(file, 'utf8').trim() : ''
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [vue(), tailwind()],
  // Pages are script setup, and nothing is rendered on a server.
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: {
    outDir: join(import.meta.dirname, '../dist/admin'),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  // A panel that runs from the checkout, with HOSTING_PANEL_SOCKET and HOSTING_PANEL_PROXY_SECRET_FILE as here.
  server: {
    proxy: {
      '/api': {
        target: { host: 'localhost', port: 80, socketPath: process.env.HOSTING_PANEL_SOCKET },
        headers: { 'x-real-ip': '127.0.0.1', 'x-hosting-panel-proxy': proxySecret() },
      },
    },
  },
})
