import http.server
import os


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"served")


port = int(os.environ["FC_SERVER_PORT"])
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
