#include "patchbay/tools/http/serve_thread.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/http/http_pace.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/tools/http/own_certificate.hpp"
#include "patchbay/tools/http/qr_code.hpp"
#include "patchbay/tools/http/reachable_address.hpp"
#include "patchbay/tools/http/serve_reload.hpp"

namespace patchbay {

namespace {

bool is_watched(const HttpServePlan& plan) {
  return plan.may_change || plan.log != LogFormat::off || !plan.metrics.empty();
}

// Of this loop.
std::shared_ptr<FileWatch> watch_files(Output& out, bool tells) {
  auto watch = FileWatch::make();
  if (watch) return std::move(*watch);
  if (tells) {
    out.warn(fmt::format("changes of files are noticed a second later: {}: {}",
                         watch.error().what(), watch.error().why()));
  }
  return nullptr;
}

// For a phone: the first address with TLS that others reach.
void show_way_in(const std::vector<ServePlace>& fresh, Output& out) {
  for (const auto& [local, secure] : fresh) {
    const auto address = secure ? reachable_address(local.address()) : std::nullopt;
    if (!address) continue;
    const std::string url =
        fmt::format("https://{}/", Endpoint(*address, local.port()).to_string());
    if (local.address().is_any()) out.note("[*] For others it is " + url);
    out.note(qr_code(url, out.err_has_color()));
    return;
  }
}

}  // namespace

ServeThread::ServeThread(ServeState& state, unsigned index)
    : state_(state),
      index_(index),
      watch_(watch_files(state.out, index == 0)),
      log_(state.out, state.plan->log),
      metered_(state.metrics, &log_),
      handler_(nullptr,
               [this] {
                 adopt();
                 return nullptr;
               }),
      service_(handler_, state.plan->limits, is_watched(*state.plan) ? &metered_ : nullptr),
      metrics_page_(state.metrics) {
  service_.headcount = state.headcount;
  metrics_listeners_.listeners().grace = 1s;
}

ServeThread::~ServeThread() { state_.leave(index_); }

std::vector<ServeFault> ServeThread::prepare(std::shared_ptr<const HttpServePlan> plan,
                                             unsigned generation) {
  std::vector<ServeFault> faults;
  auto sites = make_sites(plan->sites, {.watch = watch_, .sweeper = sweeper_});
  if (!sites) {
    for (Failure& failure : sites.error()) faults.push_back({std::move(failure)});
  }
  std::optional<TlsContext> tls;
  if (plan->tls) {
    auto made = make_tls(*plan->tls);
    if (made) {
      tls = std::move(*made);
    } else {
      faults.insert(faults.end(), made.error().begin(), made.error().end());
    }
  }
  const ListenOptions options{.backlog = plan->backlog,
                              .reuse_port = plan->threads > 1,
                              .stream = {.unsent_bytes = k_http_unsent_bytes}};
  if (auto fault = listeners_.open(plan->addresses, options)) faults.push_back(std::move(*fault));
  if (is_first()) {
    if (auto fault = metrics_listeners_.open(plan->metrics, {})) {
      faults.push_back(std::move(*fault));
    }
  }
  if (!faults.empty()) {
    give_back();
    return faults;
  }
  prepared_.emplace(Prepared{.generation = generation,
                             .plan = std::move(plan),
                             .sites = std::move(*sites),
                             .tls = std::move(tls)});
  return {};
}

void ServeThread::give_back() {
  prepared_.reset();
  listeners_.give_back();
  metrics_listeners_.give_back();
}

void ServeThread::adopt() {
  if (!prepared_ || prepared_->generation != state_.generation.load()) return;
  Prepared next = std::move(*std::exchange(prepared_, std::nullopt));
  const HttpServePlan& plan = *next.plan;
  service_.limits = plan.limits;
  log_.set_format(plan.log);
  if (plan.tls) tls_ = std::move(next.tls);
  listeners_.listeners().grace = plan.grace;
  const auto fresh = listeners_.take(plan.tls ? this : nullptr);
  if (plan.redirects_to_tls) {
    next.sites = std::make_shared<HttpToTls>(std::move(next.sites), listeners_.tls_port());
  }
  handler_.exchange(std::move(next.sites));
  if (is_first()) tell_listening(plan, fresh);
}

void ServeThread::tell_listening(const HttpServePlan& plan, const std::vector<ServePlace>& fresh) {
  Output& out = state_.out;
  const auto former = std::exchange(own_certificate_, plan.own_certificate);
  if (own_certificate_ && own_certificate_ != former) tell_own_certificate(*own_certificate_, out);
  for (const auto& [local, secure] : fresh) {
    const std::string_view scheme = secure ? "https" : "http";
    const std::string address = local.to_string();
    out.emit(Record("listening").text("address", address).text("scheme", scheme));
    if (out.json()) continue;
    out.note(fmt::format("[*] Server listening on {}://{}/", scheme, address));
  }
  if (plan.tls_self && !out.json() && out.err_is_terminal()) show_way_in(fresh, out);
  for (const auto& [local, secure] : metrics_listeners_.take(nullptr)) {
    const std::string address = local.to_string();
    out.emit(Record("metrics").text("address", address));
    if (!out.json()) out.note(fmt::format("[*] Metrics on http://{}/metrics", address));
  }
}

const TlsContext& ServeThread::context() {
  adopt();
  return *tls_;
}

std::optional<ServeFault> ServeThread::settle(HttpServePlan& plan) const {
  if (plan.threads == 1) return std::nullopt;
  return listeners_.settle(plan.addresses);
}

Task<Result<>> ServeThread::serve_clients() {
  auto serving = either(serve_http(service_, listeners_.listeners()), sweeper_->run());
  if (watch_ == nullptr) co_return co_await serving;
  co_return co_await either(std::move(serving), watch_->run());
}

Task<Result<>> ServeThread::serve() {
  if (!is_first()) co_return co_await serve_clients();
  auto beside = either(reload_on_hangup(state_, *this),
                       serve_http(metrics_page_.service(), metrics_listeners_.listeners()));
  co_return co_await either(serve_clients(), std::move(beside));
}

}  // namespace patchbay
