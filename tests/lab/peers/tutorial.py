#!/usr/bin/env python3
"""The programs of the socket tutorial that Patchbay grew from, as its readers type them.

usage: tutorial.py tcp-server|threaded-server|udp-server PORT
       tutorial.py tcp-client|udp-client PORT MESSAGE
       tutorial.py chat-client PORT
"""

import socket
import sys
import threading

HOST = "127.0.0.1"


def say(text):
    print(text, flush=True)


def create_tcp_server(port):
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind((HOST, port))
    server_socket.listen(5)
    say(f"[*] Server listening on {HOST}:{port}")
    while True:
        client_socket, client_address = server_socket.accept()
        say(f"[+] Connection from {client_address[0]}:{client_address[1]}")
        data = client_socket.recv(1024).decode("utf-8")
        say(f"[*] Received: {data}")
        client_socket.send(f"Server received: {data}".encode("utf-8"))
        client_socket.close()


def create_tcp_client(port, message):
    client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        client_socket.connect((HOST, port))
        say(f"[+] Connected to {HOST}:{port}")
        client_socket.send(message.encode("utf-8"))
        say(f"[*] Sent: {message}")
        response = client_socket.recv(1024).decode("utf-8")
        say(f"[*] Received: {response}")
    except ConnectionRefusedError:
        say(f"[!] Could not connect to {HOST}:{port}")
    finally:
        client_socket.close()


def handle_client(client_socket, address):
    say(f"[+] New connection: {address[0]}:{address[1]}")
    while True:
        data = client_socket.recv(1024)
        if not data:
            break
        message = data.decode("utf-8")
        say(f"[{address[0]}:{address[1]}] {message}")
        client_socket.send(f"Echo: {message}".encode("utf-8"))
    client_socket.close()
    say(f"[-] Connection closed: {address[0]}:{address[1]}")


def create_threaded_server(port):
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind((HOST, port))
    server_socket.listen(10)
    say(f"[*] Multi-threaded server started on {HOST}:{port}")
    say("[*] Waiting for connections...")
    while True:
        client_socket, address = server_socket.accept()
        threading.Thread(target=handle_client, args=(client_socket, address), daemon=True).start()


def create_udp_server(port):
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server_socket.bind((HOST, port))
    say(f"[*] UDP Server listening on {HOST}:{port}")
    while True:
        data, client_address = server_socket.recvfrom(1024)
        message = data.decode("utf-8")
        say(f"[{client_address[0]}:{client_address[1]}] {message}")
        server_socket.sendto(f"UDP Echo: {message}".encode("utf-8"), client_address)


def create_udp_client(port, message):
    client_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        client_socket.sendto(message.encode("utf-8"), (HOST, port))
        say(f"[*] Sent to {HOST}:{port}: {message}")
        client_socket.settimeout(5.0)
        data, _ = client_socket.recvfrom(1024)
        say(f"[*] Received: {data.decode('utf-8')}")
    except socket.timeout:
        say("[!] Request timed out")
    finally:
        client_socket.close()


def receive_messages(client_socket):
    while True:
        message = client_socket.recv(1024).decode("utf-8")
        if not message:
            break
        say(f"\r{message}")
        print("You: ", end="", flush=True)


def create_chat_client(port):
    client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client_socket.connect((HOST, port))
    say(f"[+] Connected to {HOST}:{port}")
    threading.Thread(target=receive_messages, args=(client_socket,), daemon=True).start()
    while True:
        message = input("You: ")
        client_socket.send(message.encode("utf-8"))
        if message.lower() == "/quit":
            break
    client_socket.close()


PROGRAMS = {"tcp-server": create_tcp_server, "threaded-server": create_threaded_server,
            "udp-server": create_udp_server, "tcp-client": create_tcp_client,
            "udp-client": create_udp_client, "chat-client": create_chat_client}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
