"""Hands a message to a mail server (SMTP)."""
import smtplib
import socket
import ssl

from refusal import Refused

SECONDS = 30


def send(account, mail):
    """Answers a note on recipients that the server did not take, or None."""
    where = f'{account["host"]} port {account["port"]}'
    try:
        with connect(account) as server:
            if account.get('username'):
                server.login(account['username'], account['password'])
            refused = pass_on(server, mail)
            return f'Not taken for {", ".join(refused)}' if refused else None
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(69, f'{where} refused the user name or the password: {said(error.smtp_error)}') from error
    except smtplib.SMTPRecipientsRefused as error:
        _, text = next(iter(error.recipients.values()))
        raise Refused(69, f'{where} takes no mail for {", ".join(error.recipients)}: {said(text)}') from error
    except smtplib.SMTPSenderRefused as error:
        raise Refused(69, f'{where} takes no mail from {error.sender}: {said(error.smtp_error)}') from error
    except smtplib.SMTPResponseException as error:
        raise Refused(69, f'{where} refused the message: {said(error.smtp_error)}') from error
    except ssl.SSLCertVerificationError as error:
        raise Refused(69, f'The certificate of {where} is not trusted ({error.verify_message}). Enter the certificate '
                          'of its authority with the account') from error
    except smtplib.SMTPServerDisconnected as error:
        raise Refused(69, f'{where} closed the connection: {error}') from error
    except smtplib.SMTPException as error:
        raise Refused(69, f'{where} cannot do what the account asks for: {error}') from error
    except (OSError, socket.timeout) as error:
        raise Refused(69, f'{where} does not answer: {error.strerror or error}') from error


def pass_on(server, mail):
    """Sends a message part by part. Answers the recipients that the server did not take."""
    server.ehlo_or_helo_if_needed()
    code, text = server.mail(mail.sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, text, mail.sender)
    answers = {recipient: server.rcpt(recipient) for recipient in mail.recipients}
    refused = {recipient: answer for recipient, answer in answers.items() if answer[0] not in (250, 251)}
    if len(refused) == len(answers):
        raise smtplib.SMTPRecipientsRefused(refused)
    code, text = server.docmd('DATA')
    if code != 354:
        raise smtplib.SMTPDataError(code, text)
    for part in as_data(mail.parts):
        server.send(part)
    code, text = server.getreply()
    if code != 250:
        raise smtplib.SMTPDataError(code, text)
    return refused


def as_data(parts):
    """A message as it goes over the wire: a line of one dot ends it, so one that begins with a dot gets another."""
    at_start = True
    for part in parts:
        if part:
            dotted = (b'.' if at_start and part.startswith(b'.') else b'') + part.replace(b'\n.', b'\n..')
            at_start = part.endswith(b'\n')
            yield dotted.replace(b'\n', b'\r\n')
    yield b'.\r\n' if at_start else b'\r\n.\r\n'


def connect(account):
    context = ssl.create_default_context()
    if account.get('ca'):
        context.load_verify_locations(cadata=account['ca'])
    host, port = account['host'], account['port']
    if account['security'] == 'tls':
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=SECONDS)
    if account['security'] == 'starttls':
        server.starttls(context=context)
    return server


def said(text):
    return text.decode('utf-8', 'replace') if isinstance(text, bytes) else str(text)
