"""A service that publishes until it is killed, and a parent that forks one at every line it reads.

Forking saves the imports of fifty interpreters; each service makes its publisher after the fork.
A receipt is written down, in one system call, only after `publish` has returned it. One that a kill
has torn lacks its end, and counts for nothing.
"""

import os
import sys
import threading
from itertools import count

from rapport.publish import Publisher, TicketResolved

THREADS = 3
CLIENTS = 12


def service(bootstrap, spool, receipts, run):
    publisher = Publisher(bootstrap, source="urn:test:killed", spool=spool)

    def publish_for_ever(thread):
        for number in count():
            event_id = f"{run}-{thread}-{number}"
            ticket = TicketResolved(
                client=f"client-{number % CLIENTS}",
                ticket_id=event_id,
                priority="P3",
                sla_met=True,
            )
            receipt = publisher.publish(ticket, id=event_id)
            if receipt.done:
                os.write(receipts, f"{receipt.event_id};\n".encode())

    for thread in range(THREADS):
        threading.Thread(target=publish_for_ever, args=(thread,)).start()


def main(bootstrap, spool, receipts_path):
    receipts = os.open(receipts_path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            service(bootstrap, spool, receipts, line.strip())
            return
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
