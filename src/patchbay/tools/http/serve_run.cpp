#include "patchbay/tools/http/serve_run.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <csignal>
#include <mutex>

#include "patchbay/http/http_layers.hpp"
#include "patchbay/http/http_server.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/signals.hpp"
#include "patchbay/tools/http/qr_code.hpp"
#include "patchbay/tools/http/serve_metrics.hpp"
#include "patchbay/tools/serve_loops.hpp"
#include "patchbay/tools/serve_ports.hpp"
#include "patchbay/tools/serve_stop.hpp"
#include "patchbay/tools/serve_tls.hpp"

namespace patchbay {

namespace {

using Ports = ServerPorts<TcpListener>;

// What the threads of one server share.
struct Shared {
  HttpServePlan& plan;
  Output& out;
  CertificateReloads reloads = {};  // of the site as well
  ServeMetrics metrics = {};
  std::atomic<std::uint64_t> cut = 0;
};

class CertificateOfThread final : public HttpTls {
 public:
  CertificateOfThread(TlsContext context, const CertificateReloads& reloads)
      : certificate_(std::move(context), reloads) {}
  const TlsContext& context() override { return certificate_.current(); }
  Result<> reload() { return certificate_.reload(); }

 private:
  ServerCertificate certificate_;
};

// Makes the site anew when that was asked for. One that will not do leaves the former in force: the
// thread that took the signal has tried it before, and reported it.
HttpExchangeable::Refresh refresh_of(Shared& shared, const SiteOptions& site) {
  return [&shared, &site, seen = shared.reloads.asked()]() mutable -> std::shared_ptr<HttpHandler> {
    const unsigned asked = shared.reloads.asked();
    if (std::exchange(seen, asked) == asked) return nullptr;
    return make_site(site).value_or(nullptr);
  };
}

// Of this loop. Without one the site's files are looked at once a second.
std::shared_ptr<FileWatch> watch_files(Shared& shared, unsigned index) {
  auto watch = FileWatch::make();
  if (watch) return std::move(*watch);
  if (index == 0) {
    shared.out.warn(fmt::format("changes of files are noticed a second later: {}: {}",
                                watch.error().what(), watch.error().why()));
  }
  return nullptr;
}

// SIGHUP means: read certificates and site again. One thread takes the signal for all.
Task<Result<>> reload_on_hangup(Shared& shared, CertificateOfThread* certificate) {
  auto signals = Signals::watch(std::array{SIGHUP});
  if (!signals) co_return signals.error();
  for (;;) {
    const auto signal = co_await signals->next();
    if (!signal) co_return signal.error();
    const auto usable = make_site(shared.plan.site);
    if (!usable) {
      shared.out.warn(
          fmt::format("nothing is changed: {}: {}", usable.error().what, usable.error().why));
      continue;
    }
    if (certificate != nullptr) {
      if (const auto reloaded = certificate->reload(); !reloaded) {
        shared.out.warn(fmt::format("nothing is changed: {}: {}", reloaded.error().what(),
                                    reloaded.error().why()));
        continue;
      }
    }
    shared.reloads.ask();
    shared.out.note("[*] Files and certificates were read again");
  }
}

void print_listening(Shared& shared, const Endpoint& local) {
  const std::string_view scheme = shared.plan.tls ? "https" : "http";
  const std::string address = local.to_string();
  shared.out.emit(Record("listening").text("address", address).text("scheme", scheme));
  if (!shared.out.json()) {
    shared.out.note(fmt::format("[*] Server listening on {}://{}/", scheme, address));
    if (shared.plan.shows_qr_code && shared.out.out_is_terminal()) {
      shared.out.note(qr_code(fmt::format("{}://{}/", scheme, address)));
    }
  }
}

Task<Result<>> serve_and_watch(HttpService& service, std::vector<HttpListener> listeners,
                               Duration grace, FileWatch* watch) {
  auto serving = serve_http(service, std::move(listeners), grace);
  if (watch == nullptr) co_return co_await serving;
  co_return co_await either(std::move(serving), watch->run());
}

Task<Result<>> serve_until_stopped(Shared& shared, HttpService& service,
                                   std::vector<HttpListener> listeners, unsigned index,
                                   CertificateOfThread* certificate, FileWatch* watch) {
  auto serving = serve_and_watch(service, std::move(listeners), shared.plan.grace, watch);
  if (index != 0) co_return co_await serving;
  auto reloading = reload_on_hangup(shared, certificate);
  if (shared.plan.metrics.empty())
    co_return co_await either(std::move(serving), std::move(reloading));
  co_return co_await either(
      std::move(serving),
      either(std::move(reloading), serve_metrics(shared.metrics, shared.plan.metrics, shared.out)));
}

// Each loop has descriptors of its own for the same sockets.
Ports::Opened adopt_all(const std::vector<int>& inherited, Output& out) {
  std::vector<TcpListener> listeners;
  for (const int descriptor : inherited) {
    auto listener = TcpListener::adopt(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (!listener) return std::unexpected(out.fail(listener.error()));
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

Task<int> serve_thread(Shared& shared, const Ports& ports, unsigned index) {
  HttpServePlan& plan = shared.plan;
  auto sockets =
      plan.inherited.empty() ? ports.open(shared.out) : adopt_all(plan.inherited, shared.out);
  if (!sockets) co_return sockets.error();
  std::optional<CertificateOfThread> certificate;
  if (plan.tls) {
    auto context = TlsContext::server(*plan.tls);
    if (!context) co_return shared.out.fail(context.error());
    certificate.emplace(std::move(*context), shared.reloads);
  }
  const std::shared_ptr<FileWatch> watch = watch_files(shared, index);
  SiteOptions options = plan.site;
  options.folder.watch = watch;
  auto site = make_site(options);
  if (!site) co_return shared.out.fail(site.error());
  HttpExchangeable handler(std::move(*site), refresh_of(shared, options));
  AccessLog log(shared.out, plan.log);
  MeteredLog metered(shared.metrics, plan.log == LogFormat::off ? nullptr : &log);
  const bool tells = plan.log != LogFormat::off || !plan.metrics.empty();
  HttpService service(handler, plan.limits, tells ? &metered : nullptr);

  std::vector<HttpListener> listeners;
  for (TcpListener& socket : *sockets) {
    if (index == 0) print_listening(shared, socket.local());
    listeners.push_back(
        {.socket = std::move(socket), .tls = certificate ? &*certificate : nullptr});
  }
  const auto served =
      co_await serve_until_stopped(shared, service, std::move(listeners), index,
                                   certificate ? &*certificate : nullptr, watch.get());
  shared.metrics.add(service.counters);
  if (!served && served.error().fault() != Fault::cancelled) {
    co_return shared.out.fail(served.error());
  }
  co_return exit_ok;
}

}  // namespace

int run_http_server(HttpServePlan& plan, Output& out) {
  Ports ports(Transport::tcp, "patchbay http serve", plan.endpoints, plan.threads,
              [&plan](const Endpoint& endpoint, bool reuse_port) {
                return TcpListener::bind(endpoint,
                                         {.backlog = plan.backlog, .reuse_port = reuse_port});
              });
  if (plan.inherited.empty()) {
    if (const auto code = ports.settle(out)) return *code;
  }
  Shared shared{.plan = plan, .out = out};
  const auto ran = run_server_loops(
      {.threads = plan.threads, .takes_hangup = true},
      [&](unsigned index) { return serve_thread(shared, ports, index); }, out);
  if (!ran) return out.fail(ran.error());
  shared.metrics.tell(out.totals());
  return print_stop(out, *ran, 0);
}

}  // namespace patchbay
