#include "patchbay/tools/scan/service/answers_everything.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/scan/service/service_table.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_samples = 8;
constexpr std::uint16_t k_first_canary = 50'000;
constexpr std::uint16_t k_canaries = 10'000;

struct Inquiry {
  IpAddress address;
  const ServiceOptions& options;
  std::size_t silent = 0;
  std::size_t heard = 0;
};

Task<Result<TcpStream>> dial(const Inquiry& inquiry, std::uint16_t port) {
  ConnectOptions options{.interface = inquiry.options.interface};
  if (inquiry.options.source) options.local = Endpoint(*inquiry.options.source, 0);
  co_return co_await TcpStream::connect(Endpoint(inquiry.address, port), std::move(options),
                                        Deadline::after(inquiry.options.patience));
}

// Whether it says anything at all, asked or not.
Task<> listen_to(Inquiry& inquiry, std::uint16_t port) {
  auto stream = co_await dial(inquiry, port);
  if (!stream) co_return;
  const Deadline by = Deadline::after(inquiry.options.patience);
  // One piece of it: the lease goes back at once.
  auto first = co_await stream->receive(Deadline::after(inquiry.options.greeting).or_earlier(by));
  if (!first && first.error().fault() == Fault::timed_out) {
    const std::string places = Endpoint(inquiry.address, port).to_string();
    [[maybe_unused]] const auto sent = co_await stream->write_all(
        probe_bytes(*service_probe("http"), {.host = places, .name = places}), by);
    first = co_await stream->receive(by);
  }
  if (!first && first.error().fault() == Fault::cancelled) co_return;
  ++(first && !first->empty() ? inquiry.heard : inquiry.silent);
}

Task<> listen_to_all(TaskGroup& group, Inquiry& inquiry, const std::vector<std::uint16_t>& ports) {
  for (const std::uint16_t port : ports) group.spawn(listen_to, std::ref(inquiry), port);
  co_return;
}

// Some of them, each as likely as any other.
std::vector<std::uint16_t> samples_of(std::vector<std::uint16_t> ports) {
  const std::size_t count = std::min(k_samples, ports.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(ports[i], ports[i + Loop::current().random_bits() % (ports.size() - i)]);
  }
  ports.resize(count);
  return ports;
}

}  // namespace

Task<bool> answers_everything(IpAddress address, std::vector<std::uint16_t> open,
                              ServiceOptions options) {
  Inquiry inquiry{.address = address, .options = options};
  std::erase_if(open, [&options](std::uint16_t port) {
    return !options.allow_ot && is_left_alone(port);  // nobody talks to these only to make sure
  });
  if (open.size() <= k_suspicious_open_ports) {
    const auto canary =
        static_cast<std::uint16_t>(k_first_canary + Loop::current().random_bits() % k_canaries);
    const bool is_open = std::ranges::count(open, canary) > 0;
    if (!is_open && !co_await dial(inquiry, canary)) co_return false;
    if (!is_open) open.push_back(canary);
  }
  const std::vector<std::uint16_t> ports = samples_of(std::move(open));
  co_await with_group(listen_to_all, std::ref(inquiry), std::cref(ports));
  co_return inquiry.silent > 0 && inquiry.heard == 0;
}

}  // namespace patchbay
