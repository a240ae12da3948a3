import { paths } from '../../model/paths.ts'

const written = '# Written by the hosting panel, which puts changes here back.\n'

/** Answers which configuration is really live, on a socket only this machine reaches. */
export const renderGeneration = (generation: string): string => `${written}server {
    listen unix:${paths.nginxSocket};
    access_log off;
    location = /generation {
        default_type text/plain;
        return 200 ${generation};
    }
    location = /connection {
        default_type text/plain;
        return 200 $connection;
    }
    location = /worker {
        default_type text/plain;
        return 200 $pid;
    }
}
`
