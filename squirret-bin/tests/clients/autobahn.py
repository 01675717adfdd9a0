"""The Autobahn test suite's cases against an echo server: groups 1 to 7 and 10 (framing, pings, reserved bits,
opcodes, fragments, UTF-8, closing, automatic fragmentation).

python autobahn.py ws://127.0.0.1:PORT/PATH
Prints one JSON object, case -> [behaviour, behaviour at the close].
"""
import asyncio
import json
import sys

import kosoku

GROUPS = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]


async def main():
    try:
        results = await kosoku.run_fuzzingclient(sys.argv[1], GROUPS, None, concurrency=8)
    except kosoku.FailureError as failure:
        results = failure.results
    print(json.dumps({r.case_id: [r.behavior.value, r.behavior_close.value] for r in results}))


asyncio.run(main())
