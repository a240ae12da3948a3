"""Passes one message of a site on to its mail server. The message is kept in a file meanwhile, never in memory."""
import contextlib
import os
import re
import tempfile
import traceback

import accounts
import message
import relay
from refusal import Refused

LARGEST = 25 * 1024 * 1024
LONGEST_ARGUMENTS = 64 * 1024
READ_SECONDS = 60
PART = 65536


def receive(connection, file):
    """The arguments of the site's sendmail; the message goes into the file."""
    connection.settimeout(READ_SECONDS)
    line = b''
    while b'\n' not in line:
        part = connection.recv(PART)
        line += part
        if not part or len(line) > LONGEST_ARGUMENTS + PART:
            break
    line, _, content = line.partition(b'\n')
    if len(line) > LONGEST_ARGUMENTS:
        raise Refused(64, 'The arguments are too long')
    file.write(content)
    while content := connection.recv(PART):
        file.write(content)
        if file.tell() > LARGEST:
            raise Refused(65, f'The message is larger than {LARGEST // 1024 // 1024} MB')
    file.seek(0)
    return message.parse_arguments(line)


def send(connection, site):
    with tempfile.TemporaryFile() as file:
        arguments = receive(connection, file)
        settings = accounts.settings_of(site)
        mail = message.compose(file, arguments, settings)
        log = {'from': mail.sender, 'to': mail.recipients, 'bytes': os.fstat(file.fileno()).st_size}
        try:
            accounts.count(site, settings, len(mail.recipients))
            note = relay.send(settings.account, mail)
        except Refused as refused:
            accounts.log(site, {**log, 'result': 'refused', 'message': refused.text})
            raise
        accounts.log(site, {**log, 'result': 'sent', 'message': note})


def handle(connection, site):
    try:
        send(connection, site)
        answer(connection, None)
    except Refused as refused:
        answer(connection, refused)
    except (TimeoutError, ConnectionError):
        answer(connection, Refused(69, 'The message did not arrive whole'))
    except Exception:
        traceback.print_exc()
        answer(connection, Refused(70, 'The mail service failed; its log says more: journalctl -u hosting-panel-mail'))


def answer(connection, refused):
    text = '0 ' if refused is None else f'{refused.code} {refused.text}'
    with contextlib.suppress(OSError):  # The program is gone.
        connection.settimeout(1)
        connection.sendall(re.sub(r'[\x00-\x1f\x7f]+', ' ', text).encode('utf-8', 'replace')[:4000] + b'\n')
