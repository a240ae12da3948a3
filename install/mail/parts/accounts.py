"""Whose message it is, what the site may do, how much it has sent in the last hour, and its log."""
import contextlib
import fcntl
import json
import os
import pwd
import re
import time
from dataclasses import dataclass

from refusal import Refused

SETTINGS = '/etc/hosting-panel/mail'
# A folder a site, which the panel removes with it.
STATE = '/var/lib/hosting-panel-mail/sites'
COMMENT = 'hosting-panel site '
SHARED_USER = 'hosting-panel-shared'
HOUR = 3600
USUAL_PER_HOUR = 200
LARGEST_LOG = 1_000_000


@dataclass
class Site:
    user: str
    domain: str


@dataclass
class Settings:
    account: dict
    sender: str
    # Domains of addresses that a message may come from; None: any, as the account is the site's own.
    domains: list | None
    per_hour: int


def site_of(pid, uid):
    """The site whose program is at the other end of the connection."""
    try:
        entry = pwd.getpwuid(uid)
        if entry.pw_name == SHARED_USER:
            entry = pwd.getpwnam(user_of_slice(pid))
    except KeyError:
        raise Refused(77, 'Only programs of sites send mail through this server') from None
    comment = entry.pw_gecos
    if not comment.startswith(COMMENT):
        raise Refused(77, 'Only programs of sites send mail through this server')
    return Site(entry.pw_name, comment[len(COMMENT):])


def user_of_slice(pid):
    """Shared sites have one user; systemd's slice tells them apart."""
    try:
        with open(f'/proc/{pid}/cgroup', encoding='utf-8') as file:
            found = re.search(r'/sites-([^/]+)\.slice', file.read())
    except OSError:
        found = None
    if not found:
        raise KeyError(pid)
    return found[1].replace('\\x2d', '-')


def read(name):
    try:
        with open(f'{SETTINGS}/{name}.json', encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def settings_of(site):
    own, server = read(site.user), read('server')
    account = own.get('account') or server.get('account')
    if not account:
        raise Refused(78, f'{site.domain} has no mail server to send through. Enter one on the page Mail of the site, '
                          'or have an administrator enter one for all sites on the page Server')
    per_hour = own.get('perHour') or server.get('perHour') or USUAL_PER_HOUR
    sender = sender_of(site, own)
    chosen = sender or (None if own.get('account') else server.get('sender'))
    return Settings(account, chosen or f'noreply@{site.domain}', domains_of(site, own, sender, chosen), per_hour)


def sender_of(site, own):
    """The site's own sender. Through the server's account it must be of a name that the site has now."""
    sender = own.get('sender')
    if not sender or own.get('account') or own.get('anySender'):
        return sender
    domain = domain_of(sender)
    return sender if any(domain == name or domain.endswith(f'.{name}') for name in names_of(site)) else None


def names_of(site):
    try:
        with open(f'{SETTINGS}/{site.user}.names', encoding='utf-8') as file:
            return file.read().split()
    except FileNotFoundError:
        return [site.domain]


def domains_of(site, own, sender, chosen):
    if not chosen:
        return None if own.get('account') else [site.domain]
    # The server's sender is one that its provider takes; the site's own name may be none.
    return [site.domain, domain_of(chosen)] if sender else [domain_of(chosen)]


def domain_of(address):
    return address.rpartition('@')[2].lower()


def count(site, settings, recipients):
    """Counts a message for each recipient, before it is sent: a mail server that refuses one was asked all the same."""
    with sent(site) as entries:
        used = sum(count for _, count in entries)
        if used + recipients > settings.per_hour:
            raise Refused(69, f'{site.domain} may send {settings.per_hour} messages an hour, and has sent {used}. '
                              'Wait, or have an administrator raise the limit')
        entries.append([time.time(), recipients])


@contextlib.contextmanager
def sent(site):
    """What the site has sent in the last hour: [time, recipients]. Changes are kept."""
    os.makedirs(f'{STATE}/{site.user}', exist_ok=True)
    with open(f'{STATE}/{site.user}/sent', 'a+', encoding='utf-8') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        try:
            entries = [entry for entry in json.loads(file.read() or '[]') if is_recent(entry[0], time.time())]
        except ValueError:
            entries = []
        yield entries
        file.seek(0)
        file.truncate()
        file.write(json.dumps(entries))


def is_recent(sent_at, now):
    """A time that is still to come was noted by a clock that was wrong, and would count until then."""
    return now - HOUR < sent_at <= now


def log(site, entry):
    """One line a message. The panel shows them to the site's owner."""
    path = f'{STATE}/{site.user}/log'
    try:
        if os.path.exists(path) and os.path.getsize(path) > LARGEST_LOG:
            os.replace(path, f'{path}.1')
        with open(path, 'a', encoding='utf-8') as file:
            file.write(json.dumps({'at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), **entry}) + '\n')
    except OSError as error:
        print(f'The log of {site.domain} cannot be written: {error}')
