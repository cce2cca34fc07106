# /// script
# requires-python = ">=3.11"
# dependencies = ["a2wsgi==1.10.10"]
# ///
"""A client that leaves takes a thread of a2wsgi's along, where the server's `send` tells of it.

ASGI lets `send` raise OSError once the client is gone. The thread that answers then waits for ever
for room in a queue that nobody empties, and the body is never closed: with Flask, neither its
context nor its database session ends. Exits 1 where the body is not closed; else it exits 0.
"""

import asyncio
import os

from a2wsgi import WSGIMiddleware

closed = []


def body():
    try:
        for _ in range(50):
            yield b"a part"
    finally:
        closed.append(True)


def application(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return body()


async def receive():
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message):
    if message["type"] == "http.response.body":
        raise OSError("the client is gone")


async def main():
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    scope["http_version"] = "1.1"
    try:
        await asyncio.wait_for(WSGIMiddleware(application)(scope, receive, send), 3)
    except TimeoutError:
        print("the request never ends")
    except OSError as error:
        print("the request ended:", error)
    print("the body was closed" if closed else "the body was never closed")
    os._exit(0 if closed else 1)  # the lost thread would hold the interpreter back


asyncio.run(main())
