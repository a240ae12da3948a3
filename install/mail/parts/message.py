"""Reads a message as sendmail takes it, and makes it fit to leave: with one sender of the site's own, recipients that
are addresses, and the headers that every message has."""
import email.utils
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from refusal import Refused

MOST_RECIPIENTS = 100
# All fields of a header together, and those that name addresses: reading them takes the square of their length.
LONGEST_HEADER = 128 * 1024
LONGEST_ADDRESSES = 32 * 1024
PART = 65536
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
    # The whole message in parts, with lines that end in \n.
    parts: Iterable


def parse_arguments(line):
    """The options of sendmail(1) that programs use; others change nothing here."""
    try:
        words = json.loads(line)
        assert isinstance(words, list) and all(isinstance(word, str) for word in words)
    except (ValueError, AssertionError, RecursionError):
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


def compose(file, arguments, settings):
    parts = with_one_ending(file)
    headers, body = split(parts)
    recipients = recipients_of(headers, arguments)
    name, address = one_address(first(headers, 'from')) or ('', arguments.sender)
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
    header = b''.join([*made, *(raw for _, raw in kept)]) + b'\n'
    return Mail(sender, recipients, chain([header, body], parts))


def with_one_ending(file):
    """A message in parts, without NULs; any line ending is \\n."""
    held = b''
    while part := file.read(PART):
        part = held + part.replace(b'\0', b'')
        held = b'\r' if part.endswith(b'\r') else b''  # Its \n may come with the next part.
        yield re.sub(rb'\r\n?', b'\n', part[:len(part) - len(held)])
    if held:
        yield b'\n'


def fits(address, settings):
    """Whether the site may send from an address: one of its own domain, or of its sender's."""
    if not ADDRESS.fullmatch(address):
        return False
    domain = address.rpartition('@')[2].lower()
    return settings.domains is None or any(
        domain == own or domain.endswith(f'.{own}') for own in settings.domains
    )


def split(parts):
    """The header's fields, each with its continuation lines, and what has been read of the body."""
    text, end = bytearray(), -1
    while end < 0 and len(text) <= LONGEST_HEADER:
        part = next(parts, None)
        if part is None:
            break
        seen = max(len(text) - 1, 0)
        text += part
        end = 0 if text.startswith(b'\n') else text.find(b'\n\n', seen)
    head = bytes(text if end < 0 else text[:end + 1])
    headers, begin = fields_of(head)
    if begin == len(head) > LONGEST_HEADER:
        raise Refused(65, f'The header is longer than {LONGEST_HEADER // 1024} kB')
    body = text[begin:]
    return headers, bytes(body[1:] if body.startswith(b'\n') else body)


def fields_of(head):
    """The fields that a text begins with, and where they end."""
    headers, begin = [], 0
    for one in head.splitlines(keepends=True):
        if one[:1] in (b' ', b'\t') and headers:
            headers[-1][1].append(one)
        elif FIELD.match(one):
            headers.append((one.partition(b':')[0].strip().decode().lower(), [one]))
        elif begin > 0 or not one.startswith(b'From '):
            break
        begin += len(one)
    return [(key, b''.join(raw).rstrip(b'\n') + b'\n') for key, raw in headers], begin


def value_of(raw):
    text = raw.partition(b':')[2].decode('utf-8', 'replace')
    return re.sub(r'\n[ \t]*', ' ', text).strip()


def one_address(text):
    """A name and an address; None where there is no text."""
    if len(text) > LONGEST_ADDRESSES:
        raise Refused(65, f'The sender is longer than {LONGEST_ADDRESSES // 1024} kB')
    try:
        return email.utils.parseaddr(text) if text else None
    except RecursionError:
        raise Refused(65, 'The sender is broken') from None


def first(headers, name):
    return next((value_of(raw) for key, raw in headers if key == name), '')


def recipients_of(headers, arguments):
    named = list(arguments.recipients)
    if arguments.from_headers:
        named += [value_of(raw) for key, raw in headers if key in ('to', 'cc', 'bcc')]
    if sum(map(len, named)) > LONGEST_ADDRESSES:
        raise Refused(65, f'The recipients are longer than {LONGEST_ADDRESSES // 1024} kB')
    try:
        found = list(dict.fromkeys(address for _, address in email.utils.getaddresses(named) if address))
    except RecursionError:
        raise Refused(65, 'The recipients are broken') from None
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
