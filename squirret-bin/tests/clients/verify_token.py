"""Checks an inference token as a Python service would: PyJWT, HS256, the audience named, the session as subject.

python verify_token.py SECRET TOKEN SESSION_ID
"""
import sys

import jwt

secret, token, session_id = sys.argv[1:]
payload = jwt.decode(token, secret, algorithms=["HS256"], audience="inference-ws")
assert payload["sub"] == session_id, "the subject is the session"
assert 0 < payload["exp"] - payload["iat"] <= 15 * 60, "a token lives for 15 minutes"
print("ok")
