#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/http/certificate_warnings.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/http/own_certificate.hpp"
#include "patchbay/tools/http/proxy_rule.hpp"
#include "patchbay/tools/http/serve_file.hpp"
#include "patchbay/tools/http/serve_run.hpp"
#include "patchbay/tools/http/site_words.hpp"
#include "patchbay/tools/inherited_sockets.hpp"

namespace patchbay {

namespace {

struct HttpServeFlags {
  std::optional<std::string> config;
  bool check = false;
  std::optional<std::string> path;
  ServeOptions server;
  SiteOptions site;  // that of all hosts; those of --host differ in their folder
  std::vector<std::string> hosts;
  std::vector<std::string> proxies;
  std::vector<std::string> tls_certs, tls_keys;
};

// "example.net=folder"
std::expected<SiteOptions, Failure> read_host(const std::string& text, const SiteOptions& main) {
  const std::size_t mark = text.find('=');
  if (mark == std::string::npos || mark == 0 || mark + 1 == text.size()) {
    return std::unexpected(Failure(fmt::format("cannot read '{}'", escape_terminal(text)),
                                   "it has to be NAME=DIR", {}));
  }
  SiteOptions site = main;
  site.hosts = {text.substr(0, mark)};
  site.path = text.substr(mark + 1);
  if (const char* const why = why_no_host(site.hosts.front())) {
    return std::unexpected(
        Failure(fmt::format("'{}' cannot be a host", escape_terminal(site.hosts.front())), why,
                "--host example.net=DIR"));
  }
  return site;
}

// `python3 -m http.server 8080`, as many have it in their fingers.
bool is_meant_as_port(const std::string& path) {
  return !path.empty() && path.size() <= 5 &&
         path.find_first_not_of("0123456789") == std::string::npos &&
         ::access(path.c_str(), F_OK) != 0;
}

std::expected<void, Failure> read_sites(const HttpServeFlags& flags, HttpServePlan& plan) {
  SiteOptions main = flags.site;
  main.path = flags.path.value_or(".");
  if (is_meant_as_port(main.path)) {
    return std::unexpected(Failure(fmt::format("cannot serve {}", main.path),
                                   "no file or folder of that name exists",
                                   fmt::format("as a port: --listen {}", main.path)));
  }
  auto proxies = read_proxy_rules(flags.proxies);
  if (!proxies) return std::unexpected(proxies.error());
  main.proxies = std::move(*proxies);
  if (auto complete = complete_site(main, is_local(plan)); !complete) return complete;
  plan.sites.push_back(main);
  for (const std::string& text : flags.hosts) {
    auto site = read_host(text, main);
    if (!site) return std::unexpected(site.error());
    plan.sites.push_back(std::move(*site));
  }
  return check_hosts(plan.sites);
}

// A folder that is somebody's home holds keys and histories. To show it to others takes an address
// that was written for it; by default nobody else is let in anyway.
void warn_of_home(const HttpServePlan& plan, const std::string& folder, Output& out) {
  char* const real = ::realpath(folder.c_str(), nullptr);
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

std::expected<HttpServePlan, Failure> make_plan(const HttpServeFlags& flags) {
  HttpServePlan plan = plan_of(flags.server);
  auto addresses = addresses_of(flags.server.listen, flags.server.listen.empty()
                                                         ? inherited_sockets()
                                                         : std::vector<InheritedSocket>());
  if (!addresses) return std::unexpected(addresses.error());
  plan.addresses = std::move(*addresses);
  if (const auto added = add_plain_addresses(flags.server.listen_plain, plan); !added) {
    return std::unexpected(added.error());
  }
  if (flags.server.metrics) {
    auto metrics = addresses_of({*flags.server.metrics});
    if (!metrics) return std::unexpected(metrics.error());
    plan.metrics = std::move(*metrics);
  }
  if (const auto read = read_sites(flags, plan); !read) return std::unexpected(read.error());
  if (const auto read = read_tls(flags, plan); !read) return std::unexpected(read.error());
  if (const auto fit = check_plain_addresses(plan); !fit) return std::unexpected(fit.error());
  if (const auto fit = check_redirect(plan); !fit) return std::unexpected(fit.error());
  return plan;
}

int run_plan(HttpServePlan plan, ReadServePlan read_again, Output& out) {
  const auto own = provide_own_certificate(plan, nullptr, out.wall_time());
  if (!own) return out.fail(own.error());
  int code = exit_ok;
  for (const ServeFault& fault : try_plan(plan)) code = out.fail(fault.failure, fault.code);
  if (code != exit_ok) return code;
  tell_warnings(warn_of_certificates(plan, out.wall_time()), out);
  for (const SiteOptions& site : plan.sites) warn_of_home(plan, site.path, out);
  return run_http_server(std::move(plan), std::move(read_again), out);
}

int run_file(const std::string& path, bool only_check, Output& out) {
  const ReadServePlan read = [path, inherited = inherited_sockets()] {
    return read_serve_file(path, inherited);
  };
  std::vector<Failure> mistakes;
  auto plan = read();
  if (!plan) mistakes = plan.error();
  if (plan && !only_check) return run_plan(std::move(*plan), read, out);
  if (plan) {
    const auto own = provide_own_certificate(*plan, nullptr, out.wall_time());
    if (!own) mistakes.push_back(own.error());
    for (ServeFault& fault : try_plan(*plan)) mistakes.push_back(std::move(fault.failure));
  }
  for (const Failure& mistake : mistakes) out.fail(mistake, exit_usage);
  if (!mistakes.empty()) return exit_usage;
  const std::vector<Failure> warnings = warn_of_certificates(*plan, out.wall_time());
  tell_warnings(warnings, out);
  out.emit(Record("check")
               .text("file", path)
               .count("sites", plan->sites.size())
               .count("warnings", warnings.size()));
  if (!out.json()) out.note(fmt::format("[*] {} has no mistakes", escape_terminal(path)));
  return exit_ok;
}

int run_serve(const HttpServeFlags& flags, Output& out) {
  if (flags.config) return run_file(*flags.config, flags.check, out);
  const auto plan = make_plan(flags);
  if (!plan) return out.fail(plan.error(), exit_usage);
  // The flags stay as they are: what they name is opened again.
  return run_plan(*plan, [plan] { return *plan; }, out);
}

void declare_file(Command& serve, HttpServeFlags& o) {
  serve.argument("[DIR|FILE]", file(o.path), "what to serve; this folder by default");
  serve
      .flag("--config FILE", file(o.config),
            "a settings file for the whole server and its sites, in place of all flags")
      .not_a_setting();
  serve.flag("--check", toggle(o.check), "say what is wrong with that file, and serve nothing")
      .needs("config")
      .not_a_setting();
}

void declare_hosts(Command& serve, HttpServeFlags& o) {
  serve.flag("--host NAME=DIR", text(o.hosts), "a folder of its own for this host name");
  serve.flag("--proxy RULE", text(o.proxies),
             "pass what is below a path on to a server: '/api=http://127.0.0.1:3000'");
  declare_proxy_trust(serve, o.site);
}

void declare_tls(Command& serve, HttpServeFlags& o) {
  serve.section("TLS");
  serve
      .flag("--tls-cert FILE", file(o.tls_certs),
            "speak TLS with this certificate chain (PEM); further ones are for the names in them")
      .needs("tls-key");
  serve.flag("--tls-key FILE", file(o.tls_keys), "its private key (PEM), in the same order")
      .needs("tls-cert");
  declare_server_tls(serve, o.server);
}

// A file says it all: nobody has to guess which of two words counts, now and after SIGHUP.
void let_file_stand_alone(Command& serve) {
  for (Flag& argument : serve.arguments()) argument.excludes("config");
  for (Flag& flag : serve.flags()) {
    if (flag.name != "config" && flag.name != "check") flag.excludes("config");
  }
}

void describe_serve(Command& serve) {
  serve.example("patchbay http serve", "this folder, on http://127.0.0.1:8080/");
  serve.example("patchbay http serve site --listen '*:80' --listen '*:8080' --log json",
                "a folder for everybody");
  serve.example("patchbay http serve --config sites.toml", "several sites, as a file says");
  serve.example("patchbay http serve app --spa index.html --header 'Cache-Control: no-cache'",
                "a single-page application");
  serve.describe(
      "Serves the files of a folder over HTTP/1.1 and HTTP/2. Nothing outside of it can be "
      "reached, "
      "by dots or by links; names that begin with a dot are hidden.\n\n"
      "Files beside which a .br, .zst or .gz stands that is not older are sent packed to those who "
      "take it; other texts are packed once and kept. Ranges and conditional requests work.\n\n"
      "--config FILE describes the whole server in TOML: the flags above as keys, and a table "
      "[[site]] for each site, with its hosts. Only --check, -v, -q, --json and the like stand "
      "beside it.\n\n"
      "SIGHUP makes the server read its settings file, certificates, users and folders again, all "
      "or nothing; connections that are open go on. SIGINT and SIGTERM end it: nothing new is "
      "accepted, requests in work have "
      "--grace to end.\n\n"
      "Without an address it listens on 127.0.0.1 only; '*' stands for all of this host. Sockets "
      "that systemd hands over (LISTEN_FDS) are served in place of the default; with a certificate "
      "all of them speak TLS but those whose name (FileDescriptorName=) is http or plain, or ends "
      "in -http or -plain.");
  serve.see_also("nginx(8)");
}

}  // namespace

void declare_http_serve(Command& http) {
  auto [serve, o] = http.add("serve", "serve files over HTTP", run_serve);
  declare_file(serve, o);
  declare_listening(serve, o.server);
  declare_site(serve, o.site);
  declare_hosts(serve, o);
  declare_uploads(serve, o.site);
  declare_tls(serve, o);
  declare_limits(serve, o.server);
  let_file_stand_alone(serve);
  describe_serve(serve);
}

}  // namespace patchbay
