import { createRouter, createWebHistory } from 'vue-router'
import { api, whenSignedOut } from './api/client.ts'
import { flushSession, knowUser } from './composables/session.ts'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/sites' },
    { path: '/setup', component: () => import('./pages/Setup.vue'), meta: { open: true, title: 'Setup' } },
    { path: '/sign-in', component: () => import('./pages/SignIn.vue'), meta: { open: true, title: 'Sign in' } },
    { path: '/sites', component: () => import('./pages/Sites.vue'), meta: { title: 'Sites' } },
    { path: '/sites/new', component: () => import('./pages/NewSite.vue'), meta: { title: 'Add a site' } },
    {
      path: '/sites/:site',
      component: () => import('./pages/Site.vue'),
      props: (to) => ({ domain: to.params.site }),
      meta: { title: 'Site' },
    },
    {
      path: '/sites/:site/app',
      component: () => import('./pages/SiteApp.vue'),
      props: (to) => ({ domain: to.params.site }),
      meta: { title: 'App' },
    },
    {
      path: '/sites/:site/certificate',
      component: () => import('./pages/SiteCertificate.vue'),
      props: (to) => ({ domain: to.params.site }),
      meta: { title: 'Certificate' },
    },
    {
      path: '/sites/:site/cache',
      component: () => import('./pages/SiteCache.vue'),
      props: (to) => ({ domain: to.params.site }),
      meta: { title: 'Cache' },
    },
    {
      path: '/sites/:site/mail',
      component: () => import('./pages/SiteMail.vue'),
      props: (to) => ({ domain: to.params.site }),
      meta: { title: 'Mail' },
    },
    {
      path: '/sites/:site/directives',
      component: () => import('./pages/SiteDirectives.vue'),
      props: (to) => ({ domain: to.params.site }),
      meta: { title: 'nginx directives' },
    },
    {
      path: '/sites/:site/settings',
      component: () => import('./pages/SiteSettings.vue'),
      props: (to) => ({ domain: to.params.site }),
      meta: { title: 'Web settings' },
    },
    { path: '/databases', component: () => import('./pages/Databases.vue'), meta: { title: 'Databases' } },
    {
      path: '/databases/:db',
      component: () => import('./pages/Database.vue'),
      props: (to) => ({ name: to.params.db }),
      meta: { title: 'Database' },
    },
    { path: '/certificates', component: () => import('./pages/Certificates.vue'), meta: { title: 'Certificates' } },
    { path: '/dns-providers', component: () => import('./pages/DnsProviders.vue'), meta: { title: 'DNS providers' } },
    { path: '/php', component: () => import('./pages/Php.vue'), meta: { title: 'PHP' } },
    { path: '/node', component: () => import('./pages/Node.vue'), meta: { title: 'Node' } },
    { path: '/bans', component: () => import('./pages/Bans.vue'), meta: { title: 'Bans' } },
    { path: '/server', component: () => import('./pages/Server.vue'), meta: { title: 'Server' } },
    { path: '/firewall', component: () => import('./pages/Firewall.vue'), meta: { title: 'Firewall' } },
    { path: '/people', component: () => import('./pages/Users.vue'), meta: { title: 'Users' } },
    { path: '/people/:name', component: () => import('./pages/User.vue'), props: true, meta: { title: 'User' } },
    { path: '/tokens', component: () => import('./pages/Tokens.vue'), meta: { title: 'API tokens' } },
    { path: '/audit', component: () => import('./pages/Audit.vue'), meta: { title: 'Audit log' } },
    { path: '/account', component: () => import('./pages/Account.vue'), meta: { title: 'Your account' } },
    { path: '/jobs', component: () => import('./pages/Jobs.vue'), meta: { title: 'Jobs' } },
    { path: '/jobs/:id', component: () => import('./pages/Job.vue'), props: true, meta: { title: 'Job' } },
    { path: '/:rest(.*)*', component: () => import('./pages/NotFound.vue'), meta: { title: 'Not found' } },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open || (await knowUser())) return true
  const { needed } = await api('GET /api/setup').catch(() => ({ needed: false }))
  return needed ? { path: '/setup', hash: to.hash } : { path: '/sign-in', query: { to: to.fullPath } }
})

const RELOADED = 'reloaded-for'

/** The code of a page was cut off, or an upgrade has replaced it: a load of the page brings it, and is tried once. */
router.onError((error: Error, to) => {
  if (!/import|module/i.test(error.message) || sessionStorage.getItem(RELOADED) === to.fullPath) return
  sessionStorage.setItem(RELOADED, to.fullPath)
  location.assign(to.fullPath)
})

router.afterEach((to) => {
  sessionStorage.removeItem(RELOADED)
  document.title = `${String(to.params.site ?? to.params.db ?? to.meta.title)} · Hosting Panel`
})

whenSignedOut(() => {
  flushSession()
  const { fullPath, meta } = router.currentRoute.value
  if (!meta.open) void router.push({ path: '/sign-in', query: { to: fullPath } })
})
