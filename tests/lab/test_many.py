"""Ten thousand clients at once, and servers whose descriptors run out."""

import selectors
import socket

from lib.case import case, equal, holds
from lib.waiting import until

MANY = 10_000
DESCRIPTORS = 64


class Client:
    def __init__(self, lab, port, number):
        self.question = f"client {number:05}".encode()
        self.socket = lab.keep(socket.create_connection(("127.0.0.1", port), timeout=20))
        self.answer = b""

    def ask(self):
        self.socket.send(self.question)

    def listen(self):
        data = self.socket.recv(100)
        holds(data, f"the server ended {self.question}")
        self.answer += data
        return self.answer == self.question


def all_answered(clients):
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
        while selector.get_map():
            ready = selector.select(20)
            holds(ready, f"{len(selector.get_map())} of {len(clients)} got no answer")
            for key, _ in ready:
                if key.data.listen():
                    selector.unregister(key.fileobj)


def ten_thousand(lab, *words):
    server = lab.serve("tcp", *words)
    clients = [Client(lab, server.port, number) for number in range(MANY)]
    for client in clients:
        client.ask()
    all_answered(clients)
    return server


@case(needs=["descriptors"], seconds=60)
def ten_thousand_clients_are_served_at_once(lab):
    server = ten_thousand(lab, "--quiet")
    equal(server.interrupt(), 130, "exit code")


@case(needs=["descriptors"], seconds=60)
def ten_thousand_clients_are_told_of_one_by_one(lab):
    server = ten_thousand(lab)
    until(lambda: server.out.count("\n") == 2 * MANY, "a join and a message of each")
    equal(server.interrupt(), 130, "exit code")
    equal(server.out.count("; the server stops)"), MANY, "leaves, each with its reason")


@case(needs=["bash"])
def a_server_without_descriptors_serves_on_says_so_once_and_recovers(lab):
    # A hard limit, since a server raises the soft one to it.
    script = f'ulimit -n {DESCRIPTORS}; exec "$0" tcp serve 0'
    server = lab.start("bash", "-c", script, lab.binary)
    port = int(server.wait_for(r"listening on \S*:(\d+)$")[1])
    clients = [Client(lab, port, number) for number in range(2 * DESCRIPTORS)]
    for client in clients:
        client.ask()
    server.wait_for("descriptors")
    here = until(lambda: [one for one in clients if one.question in server.out_bytes], "some")
    all_answered(here)
    holds(len(here) > DESCRIPTORS / 2, f"only {len(here)} are served")

    for client in here:  # those who are there are served on
        client.answer = b""
        client.ask()
    all_answered(here)

    waiting = [client for client in clients if client not in here]
    holds(waiting, "none waits: the descriptors did not run out")
    while waiting:  # and those who wait come in as others leave
        for client in here:
            client.socket.close()
        here = until(lambda: [one for one in waiting if one.question in server.out_bytes], "more")
        all_answered(here)
        waiting = [client for client in waiting if client not in here]
    equal(server.err.count("descriptors"), 1, "how often the server said so")
    equal(server.interrupt(), 130, "exit code")
