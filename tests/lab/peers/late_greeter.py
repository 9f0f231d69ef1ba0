"""A service that greets at once, beside many that do not yet.

usage: late_greeter.py RELEASE PORT [PORT…]

All of them greet as SSH does. The first port is on 127.0.0.1 and greets at once; the others are on
all addresses and greet when the file RELEASE is there. It says "ready" when it listens, and the
port of each connection that comes.
"""

import asyncio
import pathlib
import sys

_GREETING = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
_LOOK = 0.05


async def main(release, first, late):
    async def greet(reader, writer):
        port = writer.get_extra_info("sockname")[1]
        print(port, flush=True)
        try:
            while port != first and not release.exists():
                await asyncio.sleep(_LOOK)
            writer.write(_GREETING)
            await reader.read()
        except OSError:  # it has gone
            pass
        writer.close()

    servers = [await asyncio.start_server(greet, "127.0.0.1", first)]
    servers += [await asyncio.start_server(greet, "0.0.0.0", port) for port in late]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), list(map(int, sys.argv[3:]))))
