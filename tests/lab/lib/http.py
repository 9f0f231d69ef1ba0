"""Our web server, for cases that ask it something."""


def serve_http(lab, folder, *words, where="127.0.0.1:0", **how):
    """Starts `patchbay http serve FOLDER` and waits until it listens; it then has a `port` and a
    `url` without a slash at its end."""
    server = lab.start_patchbay("http", "serve", folder, "--listen", where, *words, **how)
    return wait_until_it_listens(server)


def serve_sites(lab, text, *words, **how):
    """Starts `patchbay http serve --config sites.toml`, a file of this text in the case's folder,
    as serve_http() does."""
    server = lab.start_patchbay("http", "serve", "--config", lab.file("sites.toml", text), *words,
                                **how)
    return wait_until_it_listens(server)


def wait_until_it_listens(server):
    said = server.wait_for(r"listening on (https?)://\S*:(\d+)/$")
    server.port = int(said[2])
    server.url = f"{said[1]}://127.0.0.1:{server.port}"
    return server
