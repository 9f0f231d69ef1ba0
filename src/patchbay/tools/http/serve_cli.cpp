#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "patchbay/net/tls_ticket_keys.hpp"
#include "patchbay/tools/http/get_plan.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/http/proxy_rule.hpp"
#include "patchbay/tools/http/self_certificate.hpp"
#include "patchbay/tools/http/serve_run.hpp"
#include "patchbay/tools/inherited_sockets.hpp"
#include "patchbay/tools/listen_on.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

namespace {

constexpr std::uint16_t k_port = 8080;
const HostPort k_listen_defaults = {"127.0.0.1", k_port};

struct HttpServeFlags {
  std::optional<std::string> path;
  std::vector<std::string> listen;
  std::vector<std::string> hosts;
  std::vector<std::string> proxies;
  HttpTrustFlags proxy_trust;
  std::string index = "index.html";
  bool no_list = false;
  bool archive = false;
  bool dotfiles = false;
  std::string spa;
  std::vector<std::string> errors;
  std::string cors;
  std::vector<std::string> headers;
  bool no_precompressed = false;
  bool no_compress = false;
  LogFormat log = LogFormat::common;
  std::optional<std::string> metrics;
  std::string auth;
  std::vector<std::string> auth_for;
  bool upload = false;
  std::string upload_auth;
  std::uint64_t upload_limit = 1ull << 30;
  bool upload_by_anybody = false;
  std::vector<std::string> tls_certs, tls_keys;
  bool tls_self = false;
  unsigned threads = 1;
  std::size_t max_clients = 100'000;
  std::size_t per_address = 0;
  Duration idle = 60s;
  Duration head_time = 10s;
  std::uint64_t least_rate = 8 * 1024;  // bit/s
  Duration grace = 10s;
  int backlog = 4096;
};

using Pair = std::pair<std::string, std::string>;

std::expected<Pair, Failure> split_pair(const std::string& text, char mark, const char* form) {
  const std::size_t at = text.find(mark);
  if (at != std::string::npos && at > 0) {
    return Pair(text.substr(0, at), trim_blanks(std::string_view(text).substr(at + 1)));
  }
  return std::unexpected(
      Failure(fmt::format("cannot read '{}'", text), fmt::format("it has to be {}", form), {}));
}

std::expected<std::vector<Endpoint>, Failure> endpoints_of(const std::vector<std::string>& texts) {
  std::vector<Endpoint> all;
  for (const std::string& text : texts) {
    const auto where = parse_listen(text, k_listen_defaults);
    if (!where) return std::unexpected(where.error());
    const auto endpoints = listen_endpoints(*where);
    if (!endpoints) return std::unexpected(Failure(endpoints.error()));
    all.insert(all.end(), endpoints->begin(), endpoints->end());
  }
  return all;
}

std::expected<void, Failure> read_fields(const std::vector<std::string>& texts,
                                         HttpFieldList& fields) {
  for (const std::string& text : texts) {
    auto field = split_pair(text, ':', "'Name: value'");
    if (!field) return std::unexpected(field.error());
    if (!is_http_token(field->first)) {
      return std::unexpected(Failure(fmt::format("'{}' is no name of a field", field->first),
                                     "it is made of letters, digits and -", {}));
    }
    constexpr std::string_view framing[] = {"content-length", "transfer-encoding", "connection"};
    if (std::ranges::any_of(framing, [&](std::string_view name) {
          return equal_ignoring_case(name, field->first);
        })) {
      return std::unexpected(Failure(fmt::format("{} cannot be added", field->first),
                                     "the server writes it as each answer needs it", {}));
    }
    fields.push_back(std::move(*field));
  }
  return {};
}

std::expected<void, Failure> read_errors(const std::vector<std::string>& texts,
                                         std::map<int, std::string>& files) {
  for (const std::string& text : texts) {
    const auto pair = split_pair(text, '=', "STATUS=FILE, such as 404=404.html");
    if (!pair) return std::unexpected(pair.error());
    const std::string& status = pair->first;
    if (status.size() != 3 || (status[0] != '4' && status[0] != '5') ||
        status.find_first_not_of("0123456789") != std::string::npos) {
      return std::unexpected(
          Failure(fmt::format("'{}' is no status of an error", status), "they are 400 to 599", {}));
    }
    files[std::atoi(status.c_str())] = pair->second;
  }
  return {};
}

// "PUT,DELETE /files" or "/private".
std::expected<HttpGuardRule, Failure> read_rule(const std::string& text) {
  HttpGuardRule rule;
  const std::size_t blank = text.find(' ');
  std::string_view path = std::string_view(text).substr(blank == std::string::npos ? 0 : blank + 1);
  if (blank != std::string::npos) {
    std::string_view methods = std::string_view(text).substr(0, blank);
    while (const auto method = next_element(methods)) rule.methods.emplace_back(*method);
  }
  const auto decoded = decode_path(path);
  if (!decoded || std::ranges::any_of(rule.methods, [](const std::string& method) {
        return !is_http_token(method) || method == "HEAD";
      })) {
    return std::unexpected(Failure(fmt::format("cannot read '{}'", text),
                                   "it has to be [METHOD,METHOD… ]/PATH; GET covers HEAD", {}));
  }
  rule.path = decoded->path;
  return rule;
}

std::expected<void, Failure> read_rules(const HttpServeFlags& flags, SiteOptions& site) {
  site.accounts = flags.auth;
  for (const std::string& text : flags.auth_for) {
    auto rule = read_rule(text);
    if (!rule) return std::unexpected(rule.error());
    site.guarded.push_back(std::move(*rule));
  }
  if (site.guarded.empty()) site.guarded.emplace_back();  // everything
  return {};
}

// Whom to pass requests on to, and by what to know those of https.
std::expected<void, Failure> read_proxies(const HttpServeFlags& flags, SiteOptions& site) {
  auto routes = read_proxy_rules(flags.proxies);
  if (!routes) return std::unexpected(routes.error());
  site.proxies = std::move(*routes);
  auto trust = plan_trust(flags.proxy_trust);
  if (!trust) return std::unexpected(trust.error().failure);
  site.proxy_trust = std::move(*trust);
  const bool says_whom = flags.proxy_trust.ca_file || !flags.proxy_trust.pins.empty();
  const bool asks_https = std::ranges::any_of(
      site.proxies, [](const HttpProxyRoute& route) { return route.upstream.secure; });
  if (!says_whom || asks_https) return {};
  return std::unexpected(Failure("there is nobody to trust", "no rule of --proxy leads to https",
                                 "--proxy /api=https://192.0.2.1"));
}

// Who can reach an inherited socket is the parent's secret: whoever can.
bool is_local(const HttpServePlan& plan) {
  if (!plan.inherited.empty()) return false;
  return std::ranges::all_of(
      plan.endpoints, [](const Endpoint& endpoint) { return endpoint.address().is_loopback(); });
}

// Whoever reaches a server could fill its disk: that takes a password, or a clear word.
std::expected<void, Failure> read_uploads(const HttpServeFlags& flags, HttpServePlan& plan) {
  SiteOptions& site = plan.site;
  site.uploads = flags.upload;
  site.upload_accounts = flags.upload_auth;
  site.upload_bytes = flags.upload_limit;
  site.local_only = is_local(plan);
  const bool is_guarded = !flags.upload_auth.empty() ||
                          (!flags.auth.empty() && needs_password(site.guarded, "PUT", "") &&
                           needs_password(site.guarded, "POST", ""));
  if (!flags.upload || is_guarded || flags.upload_by_anybody || site.local_only) return {};
  return std::unexpected(Failure("others could store files here without a password",
                                 "the server can be reached from other hosts",
                                 "--upload-auth FILE, or --upload-by-anybody if that is meant"));
}

// A folder that is somebody's home holds keys and histories. To show it to others takes an address
// that was written for it; by default nobody else is let in anyway.
void warn_of_home(const HttpServePlan& plan, Output& out) {
  char* const real = ::realpath(plan.site.path.c_str(), nullptr);
  if (real == nullptr) return;
  const std::string path(real);
  ::free(real);
  const char* const home = ::getenv("HOME");
  const bool is_home =
      path == "/" || path == "/root" || path == "/home" || (home != nullptr && path == home);
  if (is_home && !is_local(plan)) {
    out.warn(fmt::format("{} is served to whoever reaches this host", path));
  }
}

std::expected<HttpServePlan, Failure> make_plan(const HttpServeFlags& flags) {
  HttpServePlan plan;
  auto endpoints = endpoints_of(flags.listen.empty() ? std::vector<std::string>{"127.0.0.1:8080"}
                                                     : flags.listen);
  if (!endpoints) return std::unexpected(endpoints.error());
  plan.endpoints = std::move(*endpoints);
  if (flags.listen.empty()) plan.inherited = inherited_sockets();
  plan.site.path = flags.path.value_or(".");
  for (const std::string& text : flags.hosts) {
    auto host = split_pair(text, '=', "NAME=DIR");
    if (!host) return std::unexpected(host.error());
    plan.site.hosts.push_back(std::move(*host));
  }
  if (const auto read = read_proxies(flags, plan.site); !read) return std::unexpected(read.error());
  StaticFolderOptions& folder = plan.site.folder;
  folder.index = flags.index;
  folder.lists = !flags.no_list;
  folder.archives = flags.archive;
  folder.dotfiles = flags.dotfiles;
  folder.fallback = flags.spa;
  folder.files.precompressed = !flags.no_precompressed;
  folder.files.compress = !flags.no_compress;
  if (const auto read = read_errors(flags.errors, folder.error_files); !read) {
    return std::unexpected(read.error());
  }
  if (const auto read = read_fields(flags.headers, plan.site.fields); !read) {
    return std::unexpected(read.error());
  }
  if (const auto read = read_rules(flags, plan.site); !read) return std::unexpected(read.error());
  if (const auto read = read_uploads(flags, plan); !read) return std::unexpected(read.error());
  plan.site.cors = flags.cors;
  if (flags.metrics) {
    auto metrics = endpoints_of({*flags.metrics});
    if (!metrics) return std::unexpected(metrics.error());
    plan.metrics = std::move(*metrics);
  }
  return plan;
}

// A certificate of our own, shown so that it can be compared.
std::expected<SelfCertificate, Failure> make_own_certificate(HttpServePlan& plan, Output& out) {
  std::vector<std::string> addresses;
  for (const Endpoint& endpoint : plan.endpoints) {
    addresses.push_back(endpoint.address().to_string());
  }
  auto made = SelfCertificate::make(names_of_this_host(addresses));
  if (!made) return std::unexpected(Failure(made.error()));
  plan.tls = TlsServerOptions{.certificate_file = made->certificate_path(),
                              .key_file = made->key_path(),
                              .alpn = {"h2", "http/1.1"}};
  plan.shows_qr_code = true;
  out.emit(Record("certificate").text("sha256", made->fingerprint()));
  if (!out.json()) {
    out.note("[*] A certificate of its own, valid for 30 days. SHA-256 fingerprint:\n    " +
             made->fingerprint());
  }
  return std::move(*made);
}

void fill_limits(HttpServePlan& plan, const HttpServeFlags& flags) {
  plan.limits.connections = std::max<std::size_t>(1, flags.max_clients / flags.threads);
  plan.limits.connections_per_address = flags.per_address;
  plan.limits.idle = flags.idle;
  plan.limits.head_time = flags.head_time;
  plan.limits.least_rate = std::max<std::uint64_t>(flags.least_rate / 8, 1);
  plan.grace = flags.grace;
  plan.log = flags.log;
  plan.threads = flags.threads;
  plan.backlog = flags.backlog;
}

// Certificates and keys stand in pairs, in the order they were given; the first pair is for whoever
// asks for no name of the others.
std::expected<void, Failure> read_tls(const HttpServeFlags& flags, HttpServePlan& plan) {
  const std::size_t count = flags.tls_certs.size();
  if (count != flags.tls_keys.size()) {
    return std::unexpected(
        Failure(fmt::format("--tls-cert is given {} times and --tls-key {} times", count,
                            flags.tls_keys.size()),
                "each certificate has a key of its own, in the same order",
                "--tls-cert A.crt --tls-key A.key --tls-cert B.crt --tls-key B.key"));
  }
  if (count == 0) return {};
  plan.tls = TlsServerOptions{.certificate_file = flags.tls_certs.front(),
                              .key_file = flags.tls_keys.front(),
                              .alpn = {"h2", "http/1.1"}};
  for (std::size_t i = 1; i < count; ++i) {
    plan.tls->named.push_back({flags.tls_certs[i], flags.tls_keys[i]});
  }
  return {};
}

int run_serve(const HttpServeFlags& flags, Output& out) {
  auto plan = make_plan(flags);
  if (!plan) return out.fail(plan.error(), exit_usage);
  fill_limits(*plan, flags);
  if (const auto read = read_tls(flags, *plan); !read) return out.fail(read.error(), exit_usage);
  std::optional<SelfCertificate> own;
  if (flags.tls_self) {
    auto made = make_own_certificate(*plan, out);
    if (!made) return out.fail(made.error());
    own.emplace(std::move(*made));
  }
  if (plan->tls) {
    plan->tls->ticket_keys = std::make_shared<TlsTicketKeys>();
    const auto context = TlsContext::server(*plan->tls);
    if (!context) return out.fail(context.error());
  }
  const auto usable = check_site(plan->site);
  if (!usable) return out.fail(usable.error());
  warn_of_home(*plan, out);
  return run_http_server(*plan, out);
}

void declare_site(Command& serve, HttpServeFlags& o) {
  serve.argument("[DIR|FILE]", file(o.path), "what to serve; this folder by default");
  serve.flag("-l, --listen [ADDR:]PORT", endpoint(o.listen),
             "where to listen, any number of times; 127.0.0.1:8080 by default");
  serve.flag(
      "--log FORMAT",
      choice(o.log,
             {{"common", LogFormat::common}, {"json", LogFormat::json}, {"off", LogFormat::off}}),
      "a line for every answer");
  serve.flag("--no-list", toggle(o.no_list), "do not show what is in a folder");
  serve.flag("--archive", toggle(o.archive), "offer folders as tar and zip");
  serve.section("Site");
  serve.flag("--host NAME=DIR", text(o.hosts), "a folder of its own for this host name");
  serve.flag("--proxy RULE", text(o.proxies),
             "pass what is below a path on to a server: '/api=http://127.0.0.1:3000'");
  serve
      .flag("--proxy-ca FILE", file(o.proxy_trust.ca_file),
            "trust these authorities (PEM) in place of the system's, where a rule leads to https")
      .needs("proxy");
  serve
      .flag("--proxy-pin SHA256", text(o.proxy_trust.pins),
            "accept only this public key there: the hex SHA-256 of its SPKI")
      .needs("proxy");
  serve.flag("--index FILE", text(o.index), "what is shown for a folder that has it");
  serve.flag("--spa FILE", text(o.spa),
             "show this file where a page is asked for that is not there");
  serve.flag("--error STATUS=FILE", text(o.errors), "the page for an error: 404=404.html");
  serve.flag("--header FIELD", text(o.headers), "add a field to every answer: 'Name: value'");
  serve.flag("--cors ORIGIN", text(o.cors), "let pages of this origin read the answers; * for all");
  serve.flag("--dotfiles", toggle(o.dotfiles), "serve what begins with a dot, too");
  serve.flag("--no-precompressed", toggle(o.no_precompressed),
             "do not look for .br, .zst and .gz beside a file");
  serve.flag("--no-compress", toggle(o.no_compress), "do not compress by itself");
  serve.flag("--metrics [ADDR:]PORT", endpoint(o.metrics), "tell numbers at /metrics there");
}

void declare_limits(Command& serve, HttpServeFlags& o) {
  serve.section("Passwords");
  serve.flag("--auth FILE", file(o.auth), "let in only the users of this file (see http passwd)");
  serve
      .flag("--auth-for RULE", text(o.auth_for),
            "only for these: '/private', 'PUT,DELETE /files'; any number of times")
      .needs("auth");
  serve.section("Uploads");
  serve.flag("--upload", toggle(o.upload), "store files that come by PUT or from a form");
  serve.flag("--upload-auth FILE", file(o.upload_auth), "let only the users of this file do so")
      .needs("upload");
  serve.flag("--upload-limit SIZE", size(o.upload_limit, 1), "at most so much in one request")
      .needs("upload");
  serve
      .flag("--upload-by-anybody", toggle(o.upload_by_anybody),
            "without a password, though other hosts reach the server")
      .needs("upload");
  serve.section("TLS");
  serve
      .flag("--tls-cert FILE", file(o.tls_certs),
            "speak TLS with this certificate chain (PEM); further ones are for the names in them")
      .needs("tls-key");
  serve.flag("--tls-key FILE", file(o.tls_keys), "its private key (PEM), in the same order")
      .needs("tls-cert");
  serve
      .flag("--tls-self", toggle(o.tls_self),
            "speak TLS with a certificate made on the spot; shows its fingerprint and a QR code")
      .excludes("tls-cert");
  serve.section("Limits");
  serve.flag("--threads N", count(o.threads, 1, 256),
             "loops, each on a thread and a CPU of its own");
  serve.flag("--max-clients N", count(o.max_clients, 1, 10'000'000),
             "connections at a time; further ones wait. Each thread takes its share");
  serve.flag("--max-clients-per-address N", count(o.per_address),
             "connections of one address at a time, on each thread; 0 is no limit");
  serve.flag("--idle TIME", duration(o.idle, 1s), "close a connection that asks nothing so long");
  serve.flag("--head-time TIME", duration(o.head_time, 1s),
             "a request's head must be there in this time, whatever its pace");
  serve.flag("--least-rate RATE", rate(o.least_rate, 8),
             "cut a client that sends or takes a body more slowly, after 10 s");
  serve.flag("--grace TIME", duration(o.grace),
             "what requests in work have when the server is told to stop");
  serve.flag("--backlog N", count(o.backlog, 1, 1'000'000),
             "connections that may wait to be accepted; the kernel caps it at net.core.somaxconn");
}

void describe_serve(Command& serve) {
  serve.example("patchbay http serve", "this folder, on http://127.0.0.1:8080/");
  serve.example("patchbay http serve site --listen '*:80' --listen '*:8080' --log json",
                "a folder for everybody");
  serve.example("patchbay http serve app --spa index.html --header 'Cache-Control: no-cache'",
                "a single-page application");
  serve.describe(
      "Serves the files of a folder over HTTP/1.1 and HTTP/2. Nothing outside of it can be "
      "reached, "
      "by dots or by links; names that begin with a dot are hidden.\n\n"
      "Files beside which a .br, .zst or .gz stands that is not older are sent packed to those who "
      "take it; other texts are packed once and kept. Ranges and conditional requests work.\n\n"
      "SIGHUP makes the server read its certificate and its folders again; connections that are "
      "open go on. SIGINT and SIGTERM end it: nothing new is accepted, requests in work have "
      "--grace to end.\n\n"
      "Without an address it listens on 127.0.0.1 only; '*' stands for all of this host. Sockets "
      "that systemd hands over (LISTEN_FDS) are served in place of the default.");
  serve.see_also("nginx(8)");
}

}  // namespace

void declare_http_serve(Command& http) {
  auto [serve, o] = http.add("serve", "serve files over HTTP", run_serve);
  declare_site(serve, o);
  declare_limits(serve, o);
  describe_serve(serve);
}

}  // namespace patchbay
