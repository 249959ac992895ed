"""A client of CHAT/1.0 in twenty-odd lines, as a student writes it: plain-client.py NAME PORT."""
import os, selectors, socket, sys

name, port = sys.argv[1], int(sys.argv[2])
server = socket.create_connection(("127.0.0.1", port))
server.sendall(f"REGISTER {name} CHAT/1.0\n".encode())
print(server.recv(1024).decode(), end="", flush=True)
selector = selectors.DefaultSelector()
selector.register(server, selectors.EVENT_READ)
selector.register(sys.stdin, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is sys.stdin:
            for line in os.read(0, 65536).decode().splitlines():
                server.sendall(f"@{name}: {line}\n".encode())
            continue
        line = server.recv(1024).decode("ascii")
        print(line, end="", flush=True)
        if line in ("", "DISCONNECT CHAT/1.0\n"):
            sys.exit()
