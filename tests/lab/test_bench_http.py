"""The load generator against web servers that are not ours."""

import json
import socket

from lib.case import case, contains, equal, holds, matches
from lib.process import free_port

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{port}{tls};
    {certificate}
    location / {{ return 200 "hello"; }}
    location /broken {{ return 503; }}
    location /last {{ keepalive_requests 10; return 200 "hello"; }}
  }}
}}
"""


def nginx(lab, tls=False):
    """An nginx of this case alone; its address."""
    port, certificate = free_port(), ""
    if tls:
        lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", "/CN=bench", "-keyout", "bench.key", "-out",
                "bench.crt", "-addext", "subjectAltName=IP:127.0.0.1")
        certificate = "ssl_certificate bench.crt; ssl_certificate_key bench.key;"
    (lab.folder / "nginx.conf").write_text(NGINX.format(
        folder=lab.folder, port=port, tls=" ssl http2" if tls else "", certificate=certificate))
    server = lab.start("nginx", "-p", lab.folder, "-e", lab.folder / "nginx.log", "-c",
                       lab.folder / "nginx.conf")
    server.wait_for_listener(port)
    return f"{'https' if tls else 'http'}://127.0.0.1:{port}/"


def result(here):
    found = [json.loads(line) for line in here.out.splitlines()]
    equal((found[0]["type"], found[-1]["type"]), ("start", "end"), "the first and last record")
    return next(one for one in found if one["type"] == "result")


def bench(lab, url, *words, **how):
    return result(lab.patchbay("bench", "http", url, "--json", *words, **how))


def for_a_while():
    return ["--time", "500ms", "--warmup", "100ms"]


def expect_whole(one):
    holds(one["answers"] > 0, f"nothing was answered: {one}")
    equal((one["answers"], one["failed"]), (one["requests"], 0), "answers and failures")
    equal(sum(one["errors"].values()), 0, "errors")
    ordered = [one[name] for name in ("p50_us", "p90_us", "p99_us", "p999_us", "max_us")]
    equal(ordered, sorted(ordered), "percentiles in their order")


@case(needs=["nginx"])
def loads_nginx(lab):
    one = bench(lab, nginx(lab), "-c", "8", *for_a_while())
    expect_whole(one)
    equal(one["statuses"]["2xx"], one["answers"], "answers with 2xx")
    equal(one["opened"], 8, "connections")


@case(needs=["nginx"])
def loads_nginx_with_pipelines(lab):
    expect_whole(bench(lab, nginx(lab), "-c", "4", "--pipeline", "16", *for_a_while()))


@case(needs=["nginx"])
def makes_as_many_requests_as_it_is_told(lab):
    one = bench(lab, nginx(lab), "-c", "4", "-t", "2", "--requests", "201")
    expect_whole(one)
    equal(one["requests"], 201, "requests")


@case(needs=["nginx"])
def makes_no_more_at_a_rate_that_its_connections_do_not_share_evenly(lab):
    here = lab.patchbay("bench", "http", nginx(lab), "--json", "-c", "3", "-t", "3", "--requests",
                        "10", "--rate", "50/s", "--hold", "500ms", code=None)
    one = result(here)
    equal(one["requests"] + one["unsent"], 10, "requests that were due")
    equal(one["measured_us"], 200_000, "the time that was measured")


@case()
def what_ctrl_c_left_no_time_for_is_not_unsent(lab):
    with socket.create_server(("127.0.0.1", 0)) as still:
        still.settimeout(10)
        here = lab.start_patchbay("bench", "http", f"http://127.0.0.1:{still.getsockname()[1]}/",
                                  "--json", "--rate", "100/s", "--warmup", "0s", "--time", "1h")
        stream, _ = still.accept()
        with stream:
            stream.recv(1)  # the load has begun
            equal(here.interrupt(), 130, "exit code")
    holds(result(here)["unsent"] < 10_000, "it counted what was not due yet")


@case(needs=["nginx"])
def takes_secrets_from_a_file_alone(lab):
    url = nginx(lab)
    lab.patchbay("bench", "http", url, "--requests", "1", "-H", "Authorization: Bearer x", code=2)
    lab.file("fields", "Authorization: Bearer x\n").chmod(0o600)
    expect_whole(bench(lab, url, "--requests", "1", "-H", "@fields"))


@case(needs=["nginx"])
def dials_again_where_the_server_ends_connections(lab):
    one = bench(lab, nginx(lab) + "last", "--requests", "50")
    expect_whole(one)
    equal(one["opened"], 5, "connections of 10 requests each")


@case(needs=["nginx"])
def an_open_loop_keeps_its_rate(lab):
    here = lab.patchbay("bench", "http", nginx(lab), "--json", "-c", "4", "--rate", "500/s",
                        "--time", "1s", "--warmup", "100ms", code=None)
    one = result(here)
    expect_whole(one)
    equal(one["requests"] + one["unsent"], 500, "requests that were due in a second")


@case(needs=["nginx"])
def a_status_that_refuses_is_a_failure(lab):
    here = lab.patchbay("bench", "http", nginx(lab) + "broken", "--requests", "10", code=3)
    matches(here.out, r"^answers +10 with 5xx$", "the table")


@case(needs=["nginx", "openssl"])
def a_certificate_is_checked(lab):
    url = nginx(lab, tls=True)
    lab.patchbay("bench", "http", url, "--requests", "10", code=4)
    trusted = ["--tls-ca", lab.folder / "bench.crt"]
    one = bench(lab, url, "-c", "2", "--no-keep-alive", "--requests", "20", *trusted)
    expect_whole(one)
    equal(one["opened"], 20, "handshakes")


@case(needs=["nginx", "openssl"])
def loads_nginx_over_http2(lab):
    url = nginx(lab, tls=True)
    one = bench(lab, url, "-c", "2", "--http2", "--streams", "8", "--insecure", *for_a_while())
    expect_whole(one)
    equal(one["protocol"], "http/2", "the protocol")


@case()
def loads_the_server_of_python(lab):
    port = free_port()
    (lab.folder / "index.html").write_text("<p>hello")
    server = lab.start("python3", "-m", "http.server", "--bind", "127.0.0.1", port)
    server.wait_for_listener(port)
    # It ends each connection after one answer, which its version says.
    one = bench(lab, f"http://127.0.0.1:{port}/", "--requests", "20")
    expect_whole(one)
    equal(one["opened"], 20, "connections")


@case()
def nobody_there_is_a_failure(lab):
    here = lab.patchbay("bench", "http", f"http://127.0.0.1:{free_port()}/", "--time", "300ms",
                        code=1)
    contains(here.err, "refused", "stderr")


@case()
def what_does_not_speak_http_is_told_so(lab):
    server = lab.serve("tcp", "--quiet")
    here = lab.patchbay("bench", "http", f"127.0.0.1:{server.port}", "--requests", "2", code=1)
    matches(here.out, r"2 malformed", "the table")
