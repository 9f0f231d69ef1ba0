// ServeThread: one loop of `http serve`: what it answers with, and what it will when that is
// exchanged.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "patchbay/http/http_layers.hpp"
#include "patchbay/http/http_server.hpp"
#include "patchbay/tools/http/access_log.hpp"
#include "patchbay/tools/http/serve_listeners.hpp"
#include "patchbay/tools/http/serve_metrics.hpp"
#include "patchbay/tools/http/serve_state.hpp"

namespace patchbay {

// Everything here is for the thread's own loop.
class ServeThread final : private HttpTls {
 public:
  ServeThread(ServeState& state, unsigned index);
  ~ServeThread() override;

  // Opens what a plan needs, beside what runs; it comes into force when the state's generation is
  // this one. The faults are all that stands in the way; then nothing is opened.
  std::vector<ServeFault> prepare(std::shared_ptr<const HttpServePlan> plan, unsigned generation);
  void give_back();
  // What was prepared is in force, if it is its time; tells where it listens now.
  void adopt();

  // Until it is cancelled.
  Task<Result<>> serve();

  // Finds the ports for several loops, before they prepare.
  std::optional<ServeFault> settle(HttpServePlan& plan) const;
  const HttpCounters& counters() const { return service_.counters; }

 private:
  struct Prepared {
    unsigned generation;
    std::shared_ptr<const HttpServePlan> plan;
    std::shared_ptr<HttpHandler> sites;
    std::optional<TlsContext> tls;
  };
  const TlsContext& context() override;
  bool is_first() const { return index_ == 0; }
  void tell_listening(const HttpServePlan& plan, const std::vector<ServePlace>& fresh);

  Task<Result<>> serve_clients();

  ServeState& state_;
  const unsigned index_;
  const std::shared_ptr<FileWatch> watch_;  // null: files are looked at once a second
  const std::shared_ptr<HttpPoolSweeper> sweeper_ = std::make_shared<HttpPoolSweeper>();
  std::optional<Prepared> prepared_;
  std::optional<TlsContext> tls_;  // stays when a plan has none: a handshake may still want it
  std::shared_ptr<const SelfCertificate> own_certificate_;  // that was told of
  AccessLog log_;
  MeteredLog metered_;
  HttpExchangeable handler_;
  HttpService service_;
  ServeListeners listeners_;
  MetricsPage metrics_page_;  // of the first thread
  ServeListeners metrics_listeners_;
};

}  // namespace patchbay
