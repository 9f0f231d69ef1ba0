#include "patchbay/tools/scan/service/start_tls.hpp"

#include <string>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/scan/service/service_dial.hpp"
#include "patchbay/tools/scan/service/service_regex.hpp"

namespace patchbay {

namespace {

// What comes behind the reply is not looked at: a server that has something to say before TLS has
// nothing to say to us.
Task<bool> take_step(Stream& stream, const StartTlsStep& step, std::string bytes, Deadline by) {
  if (!bytes.empty() && !co_await stream.write_all(bytes, by)) co_return false;
  if (step.whole.empty()) co_return true;
  const ServiceRegex whole(step.whole);
  std::string reply;
  while (reply.size() < k_most_start_tls_bytes) {
    const auto piece = co_await stream.receive(by);
    if (!piece || piece->empty()) co_return false;
    reply += piece->text().substr(0, k_most_start_tls_bytes - reply.size());
    if (whole.begins(reply)) co_return ServiceRegex(step.yes).begins(reply);
  }
  co_return false;
}

}  // namespace

Task<std::optional<TlsInfo>> start_tls(ServiceTools& tools, const ServiceTarget& target,
                                       std::string_view service, Deadline by) {
  const StartTls* const way = start_tls_of(service);
  if (way == nullptr) co_return std::nullopt;
  const Duration patience = tools.options.patience;
  const Endpoint endpoint(target.address, target.port.number);
  auto dialled =
      co_await dial_service(tools.options, endpoint, Deadline::after(patience).or_earlier(by));
  if (!dialled) co_return std::nullopt;
  Stream stream(std::move(*dialled));
  const ProbePlaces places{.host = endpoint.to_string(),
                           .name = target.name.empty() ? target.address.to_string() : target.name};
  for (const StartTlsStep& step : way->steps) {
    const bool goes_on = co_await take_step(stream, step, bytes_to_send(step.send, places),
                                            Deadline::after(patience).or_earlier(by));
    if (!goes_on) co_return std::nullopt;
  }
  const auto session = co_await tools.tls.connect(std::move(stream), target.name, ServiceAlpn::none,
                                                  Deadline::after(patience).or_earlier(by));
  if (!session) co_return std::nullopt;
  co_return session->info();
}

}  // namespace patchbay
