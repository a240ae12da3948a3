#!/usr/bin/python3
"""A mail server for tests: STARTTLS on 587, TLS on 465, no encryption on 25. Keeps what it takes."""
import json
import ssl
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

FOLDER = '/srv/relay'


class Keep:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('unknown@'):
            return '550 No such user here'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        entry = {
            'from': envelope.mail_from,
            'to': envelope.rcpt_tos,
            'text': envelope.content.decode('utf-8', 'replace'),
            'user': session.auth_data.login.decode() if session.auth_data else None,
        }
        with open(f'{FOLDER}/messages', 'a', encoding='utf-8') as file:
            file.write(json.dumps(entry) + '\n')
        return '250 Kept'


def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and data.login in (b'shop', b'server')
    good = known and data.password == b'right "pass"'
    return AuthResult(success=good, handled=False, auth_data=data if good else None)


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(f'{FOLDER}/cert.pem', f'{FOLDER}/key.pem')
account = {'authenticator': authenticate, 'auth_required': True}


class StartTls(Controller):
    def factory(self):
        return SMTP(self.handler, tls_context=context, require_starttls=True, **account)


StartTls(Keep(), hostname='127.0.0.1', port=587).start()
Controller(Keep(), hostname='127.0.0.1', port=465, ssl_context=context, auth_require_tls=False, **account).start()
Controller(Keep(), hostname='127.0.0.1', port=25).start()
while True:
    time.sleep(60)
