import { paths } from '../../model/paths.ts'

/** Programs on this server ask here for pages of their own site to be deleted; the panel finds out whose they are. */
export const purge = `    location = /.hosting-panel/purge {
        allow 127.0.0.1;
        deny all;
        error_page 403 = @nobody;
        client_max_body_size 4k;
        include snippets/hosting-panel-secret.conf;
        proxy_set_header X-Hosting-Panel-Peer $realip_remote_addr;
        proxy_set_header X-Hosting-Panel-Peer-Port $realip_remote_port;
        proxy_set_header X-Hosting-Panel-Server $server_addr;
        proxy_set_header X-Hosting-Panel-Server-Port $server_port;
        proxy_set_header Cookie "";
        proxy_http_version 1.1;
        proxy_pass http://unix:${paths.panelSocket}:/purge;
    }
    location @nobody {
        return 444;
    }
`
