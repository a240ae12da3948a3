"""Reads a message as sendmail takes it, and makes it fit to leave: with one sender of the site's own, recipients that
are addresses, and the headers that every message has."""
import email.utils
import json
import re
from dataclasses import dataclass, field

from refusal import Refused

MOST_RECIPIENTS = 100
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
FIELD = re.compile(rb'[!-9;-~]+[ \t]*:')
ENCODED_WORDS = re.compile(r'(?:=\?[\w-]+\?[bBqQ]\?[^?\s]*\?=\s*)+')
WITH_VALUE = 'FfrBhLNORVXpqA'


@dataclass
class Arguments:
    recipients: list = field(default_factory=list)
    sender: str = ''
    name: str = ''
    from_headers: bool = False


@dataclass
class Mail:
    sender: str
    recipients: list
    text: bytes


def parse_arguments(line):
    """The options of sendmail(1) that programs use; others change nothing here."""
    try:
        words = json.loads(line)
        assert isinstance(words, list) and all(isinstance(word, str) for word in words)
    except (ValueError, AssertionError):
        raise Refused(64, 'The arguments are broken') from None
    found = Arguments()
    words = iter(words)
    for word in words:
        if word == '--':
            found.recipients += words
        elif word in ('-bs', '-bp', '-bi', '-bt', '-q'):
            raise Refused(64, f'This sendmail only sends a message that it reads; it knows no {word}')
        elif word == '-t':
            found.from_headers = True
        elif word[:1] == '-' and word[1:2] and word[1:2] in WITH_VALUE:
            value = word[2:] or next(words, '')
            if word[1] in 'fr':
                found.sender = value.strip('<> ')
            elif word[1] == 'F':
                found.name = value
        elif word[:1] != '-':
            found.recipients.append(word)
    return found


def compose(content, arguments, settings):
    headers, body = split(content)
    recipients = recipients_of(headers, arguments)
    original = first(headers, 'from')
    name, address = email.utils.parseaddr(original) if original else ('', arguments.sender)
    sender = next((one for one in (arguments.sender, address) if fits(one, settings)), settings.sender)
    kept = [(key, raw) for key, raw in headers if key not in ('bcc', 'from', 'sender', 'return-path')]
    author = address if fits(address, settings) else sender
    made = [line('From', mailbox(name or arguments.name, author))]
    if author != address and ADDRESS.fullmatch(address) and not first(headers, 'reply-to'):
        made.append(line('Reply-To', address))
    if not first(headers, 'date'):
        made.append(line('Date', email.utils.formatdate()))
    if not first(headers, 'message-id'):
        made.append(line('Message-ID', email.utils.make_msgid(domain=author.rpartition('@')[2])))
    text = b''.join([*made, *(raw for _, raw in kept)]) + b'\n' + body
    return Mail(sender, recipients, text.replace(b'\n', b'\r\n'))


def fits(address, settings):
    """Whether the site may send from an address: one of its own domain, or of its sender's."""
    if not ADDRESS.fullmatch(address):
        return False
    domain = address.rpartition('@')[2].lower()
    return settings.domains is None or any(
        domain == own or domain.endswith(f'.{own}') for own in settings.domains
    )


def split(content):
    """The header's fields, each with its continuation lines, and the body. Any line ending is one."""
    lines = re.split(rb'\r\n|\r|\n', content.replace(b'\0', b''))
    headers, at = [], 0
    if lines and lines[0].startswith(b'From '):
        at = 1
    while at < len(lines):
        text = lines[at]
        if text[:1] in (b' ', b'\t') and headers:
            headers[-1][1] += text + b'\n'
        elif FIELD.match(text):
            headers.append([text.partition(b':')[0].strip().decode().lower(), text + b'\n'])
        else:
            break
        at += 1
    if at < len(lines) and lines[at] == b'':
        at += 1
    return [(key, raw) for key, raw in headers], b'\n'.join(lines[at:])


def value_of(raw):
    text = raw.partition(b':')[2].decode('utf-8', 'replace')
    return re.sub(r'[\r\n]+[ \t]*', ' ', text).strip()


def first(headers, name):
    return next((value_of(raw) for key, raw in headers if key == name), '')


def recipients_of(headers, arguments):
    named = list(arguments.recipients)
    if arguments.from_headers:
        named += [value_of(raw) for key, raw in headers if key in ('to', 'cc', 'bcc')]
    found = list(dict.fromkeys(address for _, address in email.utils.getaddresses(named) if address))
    if not found:
        raise Refused(64, 'The message names no recipient')
    if len(found) > MOST_RECIPIENTS:
        raise Refused(65, f'The message has {len(found)} recipients; at most {MOST_RECIPIENTS} are taken')
    for address in found:
        if not ADDRESS.fullmatch(address):
            raise Refused(65, f'{address[:80]} is no address')
    return found


def mailbox(name, address):
    """A name that came encoded stays so."""
    name = ' '.join(name.encode('utf-8', 'replace').decode().split())
    if ENCODED_WORDS.fullmatch(name):
        return f'{name} <{address}>'
    return email.utils.formataddr((name, address))


def line(name, value):
    return f'{name}: {value}\n'.encode('ascii', 'replace')
