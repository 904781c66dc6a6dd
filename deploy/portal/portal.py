# SPDX-License-Identifier: Apache-2.0
import json,sys
from flask import Flask
from werkzeug.serving import make_server
s=json.load(open(sys.argv[1]))
app=Flask(__name__)
@app.get("/help")
def h(): return "ok"
make_server(s["host"],s["port"],app,threaded=True).serve_forever()
