"""Services that speak TLS when they are asked to: start_tls.py CERT KEY NAME PORT [NAME PORT]…

NAME is one of TALKS. Each says what its protocol has it say before TLS, which is real then. It says
"ready" when it listens on all ports of 127.0.0.1.
"""

import socket
import ssl
import sys
import threading

_PATIENCE = 20  # seconds
_FEATURES = (b"<?xml version='1.0'?><stream:stream from='lab' id='1' version='1.0' "
             b"xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
             b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
             b"</stream:features>")
_UNSUPPORTED = (b"E\0\0\0\x48SFATAL\0VFATAL\0C0A000\0Munsupported frontend protocol 255.0\0"
                b"Fpostmaster.c\0\0")
_MYSQL = (b"\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15"
          + bytes(10) + b"ijklmnopqrst\0caching_sha2_password\0")
# What is said first, what is answered to what, and behind which of these TLS begins: with an
# answer, or without one.
TALKS = {
    "smtp": (b"220-mail.lab ESMTP Exim 4.96\r\n220 welcome\r\n",
             {b"EHLO": b"250-mail.lab\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"}, b"STARTTLS",
             b"220 go ahead\r\n"),
    "ftp": (b"220 (vsFTPd 3.0.3)\r\n",
            {b"FEAT": b"211-Features:\r\n AUTH SSL\r\n AUTH TLS\r\n211 End\r\n"}, b"AUTH TLS",
            b"234 Proceed with negotiation.\r\n"),
    "pop3": (b"+OK Dovecot ready.\r\n", {b"CAPA": b"+OK\r\nTOP\r\nSTLS\r\n.\r\n"}, b"STLS",
             b"+OK Begin TLS negotiation now.\r\n"),
    "imap": (b"* OK Dovecot ready.\r\n",
             {b"a1 CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n"},
             b"a2 STARTTLS", b"a2 OK Begin TLS negotiation now.\r\n"),
    "lmtp": (b"220 mail.lab LMTP ready\r\n",
             {b"LHLO": b"250-mail.lab\r\n250 STARTTLS\r\n"}, b"STARTTLS", b"220 go ahead\r\n"),
    "sieve": (b'"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n"STARTTLS"\r\nOK "ready."\r\n', {},
              b"STARTTLS", b'OK "Begin TLS negotiation now."\r\n'),
    "nntp": (b"200 news.lab InterNetNews NNRP server INN 2.7.0 ready (posting ok)\r\n",
             {b"CAPABILITIES": b"101 list:\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n"}, b"STARTTLS",
             b"382 Continue with TLS negotiation\r\n"),
    "mysql": (_MYSQL, {}, b"\x20\0\0\x01\x01\x8a\0\0\0\0\0\x01\x21" + bytes(23), b""),
    "rdp": (b"", {}, b"\x03\0\0\x13\x0e\xe0",
            b"\x03\0\0\x13\x0e\xd0\0\0\x124\0\x02\x1f\x08\0\x02\0\0\0"),
    "xmpp": (b"", {b"<?xml": _FEATURES}, b"<starttls",
             b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    "postgresql": (b"", {b"\0\0\0\x08\0\xff": _UNSUPPORTED}, b"\0\0\0\x08\x04\xd2\x16\x2f", b"S"),
    "ldap": (b"", {b"\x30\x25\x02\x01\x01\x63": bytes.fromhex("300c02010165070a010004000400")},
             b"\x30\x1d\x02\x01\x01\x77", bytes.fromhex("300c02010178070a010004000400")),
}


def talk(peer, context, greeting, answers, last, agreed):
    with peer:
        peer.settimeout(_PATIENCE)
        peer.sendall(greeting)
        # Whoever gets no answer may speak TLS already.
        while asked := peer.recv(4096 if agreed else len(last)):
            if asked.startswith(last):
                peer.sendall(agreed)
                with context.wrap_socket(peer, server_side=True) as secure:
                    secure.recv(1)
                return
            said = [words for begin, words in answers.items() if asked.startswith(begin)]
            if not said:
                return
            peer.sendall(said[0])


def serve(listener, context, words):
    def quietly(peer):
        try:
            talk(peer, context, *words)
        except OSError:
            pass  # it has gone

    while True:
        peer, _ = listener.accept()
        threading.Thread(target=quietly, args=(peer,), daemon=True).start()


def main(certificate, key, *words):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    threads = []
    for name, port in zip(words[::2], words[1::2]):
        listener = socket.create_server(("127.0.0.1", int(port)), backlog=64)
        threads.append(threading.Thread(target=serve, args=(listener, context, TALKS[name])))
        threads[-1].start()
    print("ready", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
