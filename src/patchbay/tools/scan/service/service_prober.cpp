#include "patchbay/tools/scan/service/service_prober.hpp"

#include <array>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/udp.hpp"
#include "patchbay/tools/scan/service/start_tls.hpp"
#include "patchbay/tools/scan/work_through.hpp"

namespace patchbay {

namespace {

constexpr int k_udp_tries = 2;

Task<ServiceAnswer> find_udp_service(ServiceTools& tools, const ServiceTarget& target) {
  ServiceAnswer answer{.asked = true};
  const ServiceProbe* const probe = udp_probe(target.port.number);
  if (probe == nullptr) co_return answer;
  const Endpoint endpoint(target.address, target.port.number);
  auto socket = UdpSocket::connected_to(endpoint);
  if (!socket) co_return answer;
  const std::string bytes =
      probe_bytes(*probe, {.host = endpoint.to_string(), .name = target.address.to_string()});
  std::array<std::byte, ServiceMatcher::k_most_bytes> memory;
  for (int tries = 0; tries < k_udp_tries; ++tries) {
    const Deadline by = Deadline::after(tools.options.patience / 2);
    if (!co_await socket->send(bytes, by)) co_return answer;
    const auto reply = co_await socket->receive(memory, by);
    if (!reply && reply.error().fault() == Fault::timed_out) continue;
    if (!reply) co_return answer;
    answer.connected = true;
    const auto verdict = tools.matcher.match(probe, bytes, reply->text());
    if (verdict) answer.finding = verdict->finding;
    co_return answer;
  }
  co_return answer;
}

Task<ServiceAnswer> find_tcp_service(ServiceTools& tools, const ServiceTarget& target) {
  const Deadline by = Deadline::after(tools.options.budget);
  ServiceTalk plain(tools, target, false, by);
  co_await plain.run();
  ServiceAnswer answer{.asked = true, .connected = plain.connected(), .finding = plain.finding()};
  if (!plain.wants_tls()) {
    if (!answer.finding) co_return answer;
    const auto tls = co_await start_tls(tools, target, answer.finding->service, by);
    if (tls) answer.finding->certificate = certificate_of(*tls);
    co_return answer;
  }
  ServiceTalk secure(tools, target, true, by);
  co_await secure.run();
  const bool is_better =
      secure.agreed_on_tls() || !answer.finding || answer.finding->service == "tls";
  if (is_better && secure.finding()) answer.finding = secure.finding();
  co_return answer;
}

struct Run {
  const std::vector<ServiceTarget>& targets;
  std::vector<ServiceAnswer>& answers;
  ServiceTools& tools;
  ServiceMeter& meter;
};

Task<> find_next(Run& run, std::size_t index) {
  run.meter.began(index, Loop::current().now());
  ServiceAnswer answer = co_await find_service(run.tools, run.targets[index]);
  run.meter.ended(index, Loop::current().now());
  answer.is_cut = (co_await current_scope()).cancelled();
  run.answers[index] = std::move(answer);
}

}  // namespace

Task<ServiceAnswer> find_service(ServiceTools& tools, ServiceTarget target) {
  const bool allowed = tools.options.allow_ot || !is_left_alone(target.port.number);
  if (allowed && target.port.protocol == ScanProtocol::tcp) {
    co_return co_await find_tcp_service(tools, target);
  }
  if (allowed && target.port.protocol == ScanProtocol::udp) {
    co_return co_await find_udp_service(tools, target);
  }
  co_return ServiceAnswer{};
}

Task<> find_services(const std::vector<ServiceTarget>& targets, const ServiceOptions& options,
                     std::vector<ServiceAnswer>& answers, ServiceMeter& meter) {
  answers.assign(targets.size(), {});
  ServiceTools tools{.options = options};
  Run run{.targets = targets, .answers = answers, .tools = tools, .meter = meter};
  co_await work_through(targets.size(), options.at_once,
                        [&run](std::size_t index) { return find_next(run, index); });
}

}  // namespace patchbay
