"""The Autobahn test suite's cases against an echo server: groups 1 to 7 and 10 (framing, pings, reserved bits,
opcodes, fragments, UTF-8, closing, automatic fragmentation).

python autobahn.py ws://127.0.0.1:PORT/PATH
Prints one JSON object, case -> [behaviour, behaviour at the close].
"""
import asyncio
import json
import os
import sys

import kosoku

GROUPS = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]


async def main():
    try:
        results = await kosoku.run_fuzzingclient(sys.argv[1], GROUPS, None, concurrency=8)
    except kosoku.FailureError as failure:
        results = failure.results
    print(json.dumps({r.case_id: [r.behavior.value, r.behavior_close.value] for r in results}), flush=True)
    # The runner's threads outlive the interpreter now and then, which then aborts: leave without its tidying up.
    os._exit(0)


asyncio.run(main())
